//! Circles of a graph.

use std::collections::HashMap;

/// The strongly connected components of two nodes and more, each sorted (Tarjan's algorithm).
pub(crate) fn circles_of(nodes: &[String], next: impl Fn(&str) -> Vec<String>) -> Vec<Vec<String>> {
    let mut search = Search { next, index: HashMap::new(), stack: Vec::new(), found: Vec::new() };
    for node in nodes {
        if !search.index.contains_key(node) {
            search.visit(node);
        }
    }
    search.found
}

struct Search<N> {
    next: N,
    index: HashMap<String, usize>,
    stack: Vec<String>,
    found: Vec<Vec<String>>,
}

impl<N: Fn(&str) -> Vec<String>> Search<N> {
    fn visit(&mut self, node: &str) -> usize {
        let index = self.index.len();
        self.index.insert(node.to_owned(), index);
        self.stack.push(node.to_owned());
        let mut low = index;
        for next in (self.next)(node) {
            if !self.index.contains_key(&next) {
                low = low.min(self.visit(&next));
            } else if self.stack.contains(&next) {
                low = low.min(self.index[&next]);
            }
        }
        if low == index {
            self.close(node);
        }
        low
    }

    fn close(&mut self, node: &str) {
        let start = self.stack.iter().position(|it| it == node).unwrap_or_default();
        let mut circle = self.stack.split_off(start);
        if circle.len() > 1 {
            circle.sort();
            self.found.push(circle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_circles_are_found() {
        let edges = |node: &str| -> Vec<String> {
            let next: &[&str] = match node {
                "a" => &["b", "d"],
                "b" => &["c"],
                "c" => &["b"],
                "d" => &["e"],
                _ => &[],
            };
            next.iter().map(|node| (*node).to_owned()).collect()
        };
        let nodes = ["a", "b", "c", "d", "e"].map(str::to_owned);
        assert_eq!(circles_of(&nodes, edges), [["b", "c"].map(str::to_owned).to_vec()]);
    }
}
