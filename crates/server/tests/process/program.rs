//! The program as a process: started in a folder and an environment of its own, listened to, stopped by its
//! id.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Far above what anything here takes, so that a busy machine fails nothing and a hang fails in the end.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(5);
const BINARY: &str = env!("CARGO_BIN_EXE_onsale");

/// Where one installation lives; its data are in the folder that the program picks by itself.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("onsale-data")
    }

    /// Opens the database behind the program's back, to look or to damage.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.data().join("onsale.sqlite")).expect("the database opens")
    }

    /// `onsale` with these arguments, to be started here.
    pub(crate) fn onsale(&self, args: &[&str]) -> Command {
        self.command(BINARY, args)
    }

    /// `onsale` that can write no file beyond this many blocks (of 512 bytes, or 1,024 in some shells): its
    /// disk is full.
    pub(crate) fn onsale_with_files_up_to(&self, blocks: u32, args: &[&str]) -> Command {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut all = vec!["-c", &script, BINARY];
        all.extend(args);
        self.command("sh", &all)
    }

    /// Runs to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Finished {
        Process::start(self.onsale(args)).finish()
    }

    /// What a command that succeeds prints, without the newline.
    pub(crate) fn print(&self, args: &[&str]) -> String {
        let finished = self.run(args);
        assert_eq!(finished.code, Some(0), "{finished:?}");
        finished.stdout.trim_end().to_owned()
    }

    pub(crate) fn serve(&self, args: &[&str]) -> Server {
        Server::start(self.onsale(&serve_args(args)))
    }

    pub(crate) fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ONSALE_") {
                command.env_remove(name);
            }
        }
        command.args(args).current_dir(self.path());
        command
    }
}

/// Any free port, then `args`.
pub(crate) fn serve_args<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["serve", "--listen", "127.0.0.1:0"], args].concat()
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// `None` after a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running process. It does not outlive its owner.
pub(crate) struct Process {
    child: Child,
    stdout: Heard,
    stderr: Heard,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = Heard::listen(child.stdout.take().expect("piped"));
        let stderr = Heard::listen(child.stderr.take().expect("piped"));
        Self { child, stdout, stderr }
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_some()
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Finished {
        let deadline = Instant::now() + PATIENCE;
        while !self.has_ended() {
            assert!(Instant::now() < deadline, "still running: {}", self.stderr.text());
            // Between two looks at a condition.
            std::thread::sleep(LOOK_AGAIN_AFTER);
        }
        let code = self.child.wait().expect("a child can be asked").code();
        Finished { code, stdout: self.stdout.rest(), stderr: self.stderr.rest() }
    }

    /// Waits for the first line on stderr that contains all of `words`.
    pub(crate) fn wait_for_line(&mut self, words: &[&str]) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.stderr.find(words);
            if let Some(line) = found {
                return line;
            }
            assert!(!self.has_ended(), "ended without {words:?}: {}", self.stderr.text());
            assert!(Instant::now() < deadline, "no {words:?} in {}", self.stderr.text());
        }
    }

    pub(crate) fn stderr_so_far(&self) -> String {
        self.stderr.text()
    }

    /// Sends a signal, by its name without SIG.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        // The shell's own `kill`: not every image has one as a program.
        let sent = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIG{name} was not sent");
    }

    /// SIGKILL, and waits until it is dead.
    pub(crate) fn kill(mut self) -> Finished {
        self.child.kill().expect("a child can be killed");
        self.finish()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) process: Process,
    /// Where it listens, as in `http://127.0.0.1:40123`.
    pub(crate) base: String,
}

impl Server {
    /// Starts it and waits until it says where it listens.
    pub(crate) fn start(command: Command) -> Self {
        let mut process = Process::start(command);
        let line = process.wait_for_line(&["\"message\":\"serving\""]);
        let line: serde_json::Value =
            serde_json::from_str(&line).expect("logs are JSON where nobody reads along");
        let base = line["address"].as_str().expect("an address").to_owned();
        Self { process, base }
    }

    /// The address without the scheme.
    pub(crate) fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// SIGTERM, and waits for an end in order.
    pub(crate) fn stop(self) -> Finished {
        self.process.signal("TERM");
        let finished = self.process.finish();
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        finished
    }
}

/// What came out of a pipe so far.
struct Heard {
    lines: Arc<(Mutex<Vec<String>>, Condvar)>,
    listener: Option<JoinHandle<()>>,
}

impl Heard {
    fn listen(pipe: impl Read + Send + 'static) -> Self {
        let lines = Arc::<(Mutex<Vec<String>>, Condvar)>::default();
        let shared = Arc::clone(&lines);
        let listener = std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                lock(&shared.0).push(line);
                shared.1.notify_all();
            }
        });
        Self { lines, listener: Some(listener) }
    }

    /// Looks once, then again when something new came or a moment has passed.
    fn find(&self, words: &[&str]) -> Option<String> {
        let search = |lines: &[String]| {
            lines.iter().find(|line| words.iter().all(|word| line.contains(word))).cloned()
        };
        let lines = lock(&self.lines.0);
        search(&lines).or_else(|| {
            let waited = self.lines.1.wait_timeout(lines, LOOK_AGAIN_AFTER);
            search(&waited.unwrap_or_else(PoisonError::into_inner).0)
        })
    }

    fn text(&self) -> String {
        lock(&self.lines.0).join("\n")
    }

    /// Everything, once the process has closed its end.
    fn rest(&mut self) -> String {
        if let Some(listener) = self.listener.take() {
            listener.join().expect("the listener does not panic");
        }
        self.text()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
