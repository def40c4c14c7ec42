//! tokio-postgres as a peer of the benchmark: so many tasks on two threads, which share pipelined connections;
//! bench/peer.h tells how they talk.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::{Client, Config, NoTls, Statement};

type Failure = Box<dyn Error + Send + Sync>;

const PERSONS: u64 = 100_000;
/// More connections than this make it slower: each has a pipeline.
const CONNECTIONS: usize = 4;

struct Connection {
    client: Client,
    select: Statement,
}

/// The processor time of this process, in seconds: user and system, in ticks of a hundredth.
fn used() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    let words: Vec<&str> = after.split_whitespace().collect();
    let ticks = |i: usize| words.get(i).and_then(|word| word.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}

async fn connect(uri: &str, table: &str) -> Result<Connection, Failure> {
    let config: Config = uri.parse()?;
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    let select = client.prepare(&format!("SELECT name FROM {} WHERE id = $1", table)).await?;
    Ok(Connection { client, select })
}

async fn keep_asking(at: Arc<Connection>, seed: u64, end: Instant) -> Result<Vec<f64>, Failure> {
    let mut took = Vec::new();
    let mut random = 88_172_645_463_325_252 + seed * 7919;
    let mut now = Instant::now();
    loop {
        let began = now; // once at least, however late it is
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let id = (1 + random % PERSONS) as i64;
        let row = at.client.query_one(&at.select, &[&id]).await?;
        let name: &str = row.try_get(0)?;
        if name != format!("person number {:06}", id % 1_000_000) {
            return Err("a wrong answer".into());
        }
        now = Instant::now();
        took.push((now - began).as_secs_f64() * 1e6);
        if now >= end {
            return Ok(took);
        }
    }
}

async fn work(all: &[Arc<Connection>], ms: u64, in_flight: usize) -> Result<String, Failure> {
    let (cpu, began) = (used(), Instant::now());
    let end = began + Duration::from_millis(ms);
    let tasks: Vec<_> =
        (0..in_flight).map(|i| tokio::spawn(keep_asking(all[i % all.len()].clone(), i as u64, end))).collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await??);
    }
    let (lasted, cpu) = (began.elapsed().as_secs_f64(), used() - cpu);
    took.sort_by(|a, b| a.total_cmp(b));
    let n = took.len();
    Ok(format!("{} {} {} {}", n as f64 / lasted, cpu * 1e6 / n as f64, took[n / 2], took[n * 99 / 100]))
}

async fn answer(line: &str, all: &mut Vec<Arc<Connection>>) -> Result<String, Failure> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["open", uri, table, n] => {
            for _ in 0..n.parse::<usize>()?.min(CONNECTIONS) {
                all.push(Arc::new(connect(uri, table).await?));
            }
            Ok("open".into())
        }
        [ms, in_flight] => work(all, ms.parse()?, in_flight.parse()?).await,
        _ => Err("what is that?".into()),
    }
}

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut all = Vec::new();
    println!("here tokio-postgres");
    for line in io::stdin().lock().lines() {
        match runtime.block_on(answer(&line?, &mut all)) {
            Ok(text) => println!("{}", text),
            Err(error) => println!("failed {}", error.to_string().replace('\n', " ")),
        }
        io::stdout().flush()?;
    }
    Ok(())
}
