//! Writes the sample plans: `cargo run -p onsale-plan --example samples`.

mod halls;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    for (name, content) in halls::all() {
        std::fs::write(folder.join(name), content)?;
    }
    Ok(())
}
