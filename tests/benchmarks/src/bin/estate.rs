//! The plan of an estate with 10,000 deployments, of which five differ, against what is there in memory: compared with
//! the same documents as JSON values, and with 10,000 plans of one deployment each.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::io;
use std::time::Instant;

use peak_alloc::PeakAlloc;
use project_deployer::estate::{
    Estate, EstateAccess, EstateFormat, EstatePlan, EstateSecrets, ExportOptions, ObservedEstate,
    PlanOptions,
};
use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer::{Deployer, DeployerSession};
use project_deployer_benchmarks::installation::{DEPLOYMENTS, FEW, Installation};
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::Row;
use project_deployer_client::FakeFleet;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// How many deployments differ.
const DIFFERENT: usize = 5;

/// How many plans of one deployment are made in a lap; the time is multiplied.
const SINGLE: usize = 500;

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> Answer<()> {
    let runtime = Runtime::new()?;
    let deployer = Deployer::builder(FakeFleet::new()).on(MemoryStore::new(), MemoryArchive::new());
    let installation = runtime.block_on(Installation::make(deployer, DEPLOYMENTS, FEW))?;
    let session = installation.admin();
    let observed = runtime.block_on(ObservedEstate::read_all(EstateAccess::Engine(&session)))?;
    let file = wanted(&observed)?;
    let estate = parsed(&file)?;
    let there = documents(&serde_json::to_value(observed.export(&ExportOptions::default()).estate)?);
    let wanted = documents(&file);
    let singles = singles(&file)?;

    let [plan, bare, single, whole] = medians([
        Contender::new(|| planned(&estate, &observed)),
        Contender::new(|| compared(&wanted, &there)),
        Contender::new(|| runtime.block_on(one_by_one(&session, &singles))),
        Contender::new(|| runtime.block_on(read_and_planned(&session, &estate))),
    ])?;
    let peer = "of JSON values";
    let what = "plan of 10,000 deployments, 5 of them different";
    println!("{}", Row::ratio(what, plan, peer, bare, Some(3.0)));
    let (ours, values) = memory(&estate, &observed, &file)?;
    let what = "its memory at most, without what it compares";
    println!("{}", Row::at_most(what, ours, 2.0 * values, "MiB"));
    let all = single * DEPLOYMENTS as f64 / SINGLE as f64;
    let what = "the same, with reading, and 10,000 plans of one deployment";
    println!("{}", Row::ratio(what, whole, "one by one", all, Some(1.0 / 20.0)));
    Ok(())
}

/// The file of what is there, with differences.
fn wanted(observed: &ObservedEstate) -> Answer<Value> {
    let exported = observed.export(&ExportOptions::default()).estate;
    let mut file = serde_json::to_value(exported)?;
    let deployments = file["deployments"].as_array_mut().ok_or("the export has no deployments")?;
    let step = deployments.len() / DIFFERENT;
    for entry in deployments.iter_mut().step_by(step) {
        entry["tags"] = json!(["changed"]);
    }
    Ok(file)
}

fn parsed(file: &Value) -> Answer<Estate> {
    Ok(Estate::parse(&file.to_string(), EstateFormat::Json)?)
}

/// The documents of a file by their kinds and ids.
fn documents(file: &Value) -> BTreeMap<String, Value> {
    let mut documents = BTreeMap::new();
    for (kind, name) in [("infrastructures", "id"), ("projects", "key"), ("deployments", "id")] {
        for entry in file[kind].as_array().into_iter().flatten() {
            let id = entry[name].as_str().unwrap_or_default();
            documents.insert(format!("{kind} {id}"), entry.clone());
        }
    }
    documents
}

/// Files with one deployment each, spread over all.
fn singles(file: &Value) -> Answer<Vec<Estate>> {
    let all = file["deployments"].as_array().ok_or("the file has no deployments")?;
    let some = all.iter().step_by(all.len() / SINGLE).take(SINGLE);
    some.map(|entry| parsed(&json!({"version": 1, "deployments": [entry]}))).collect()
}

fn planned(estate: &Estate, observed: &ObservedEstate) -> io::Result<f64> {
    let start = Instant::now();
    let plan = of(estate, observed);
    let seconds = start.elapsed().as_secs_f64();
    right(plan.changes().len(), DIFFERENT).map(|()| seconds)
}

fn of(estate: &Estate, observed: &ObservedEstate) -> EstatePlan {
    EstatePlan::of(estate, observed, &EstateSecrets::default(), &PlanOptions::default())
}

/// The bare comparison: every field of every document, and the two values of those that differ.
fn compared(
    wanted: &BTreeMap<String, Value>,
    there: &BTreeMap<String, Value>,
) -> io::Result<f64> {
    let start = Instant::now();
    let mut changes = Vec::new();
    for (id, document) in wanted {
        let Some(present) = there.get(id) else { continue };
        for (name, value) in document.as_object().into_iter().flatten() {
            if present.get(name) != Some(value) {
                changes.push((id.clone(), name.clone(), present.get(name).cloned(), value.clone()));
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    right(black_box(&changes).len(), DIFFERENT).map(|()| seconds)
}

async fn one_by_one(session: &DeployerSession, singles: &[Estate]) -> io::Result<f64> {
    let start = Instant::now();
    for estate in singles {
        let _ = black_box(read_and_plan(session, estate).await?);
    }
    Ok(start.elapsed().as_secs_f64())
}

async fn read_and_planned(session: &DeployerSession, estate: &Estate) -> io::Result<f64> {
    let start = Instant::now();
    let plan = read_and_plan(session, estate).await?;
    let seconds = start.elapsed().as_secs_f64();
    right(plan.changes().len(), DIFFERENT).map(|()| seconds)
}

async fn read_and_plan(session: &DeployerSession, estate: &Estate) -> io::Result<EstatePlan> {
    let access = EstateAccess::Engine(session);
    let observed = ObservedEstate::read(access, estate, &PlanOptions::default()).await;
    Ok(of(estate, &observed.map_err(io::Error::other)?))
}

/// What a plan needs at most, and what the documents need as JSON values, in MiB.
fn memory(estate: &Estate, observed: &ObservedEstate, file: &Value) -> Answer<(f64, f64)> {
    const MIB: f64 = (1 << 20) as f64;
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let plan = of(estate, observed);
    let ours = ALLOCATOR.peak_usage().saturating_sub(before) as f64 / MIB;
    drop(plan);
    let before = ALLOCATOR.current_usage();
    let values = file.clone();
    let bytes = ALLOCATOR.current_usage().saturating_sub(before) as f64 / MIB;
    drop(values);
    Ok((ours, bytes))
}

fn right(found: usize, expected: usize) -> io::Result<()> {
    match found == expected {
        true => Ok(()),
        false => Err(io::Error::other(format!("{found} differences instead of {expected}"))),
    }
}
