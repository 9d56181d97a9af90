//! Compares plans with a plain reading of the findings, on random inputs.

use super::*;

type Plain = Vec<(Remedy, Vec<Login>, Vec<LocationId>)>;

/// Each remedy once for the logins that need it at the same locations, by kind, then by location.
fn plainly(report: &ParityReport, breadth: Breadth) -> Plain {
    let mut needed: BTreeMap<_, BTreeMap<&Login, Vec<usize>>> = BTreeMap::new();
    for finding in report.findings_of(breadth) {
        let place = report.places.iter().position(|place| place == finding.place).unwrap();
        let at = (!finding.remedy.in_directory()).then_some(place);
        let key = (finding.remedy.rank(), at, finding.remedy);
        needed.entry(key).or_default().entry(finding.login).or_default().push(place);
    }
    let steps = needed.into_iter().flat_map(|((_, _, remedy), places_of)| {
        let mut logins_at: BTreeMap<Vec<usize>, Vec<Login>> = BTreeMap::new();
        for (login, places) in places_of {
            logins_at.entry(places).or_default().push(login.clone());
        }
        logins_at.into_iter().map(move |(places, logins)| {
            let places = places.into_iter().map(|place| report.places[place].id.clone());
            let mut places: Vec<LocationId> = places.collect();
            places.sort();
            (remedy.clone(), logins, places)
        })
    });
    steps.collect()
}

#[test]
fn plans_agree_with_a_plain_reading_of_the_findings() {
    let mut several = 0;
    for seed in 0..1_500 {
        let case = case(&mut Dice(seed * 6_101 + 5));
        let report = match_logins(&match_input(&case));
        for breadth in [Breadth::Needed, Breadth::Everything] {
            let plan = RemedyPlan::of(&report, breadth);
            let found: Plain = plan
                .steps()
                .map(|step| (step.remedy, step.logins.iter().cloned().collect(), step.places))
                .collect();
            assert_eq!(found.len(), plan.len());
            assert_eq!(found, plainly(&report, breadth), "seed {seed}: {case:#?}");
            several += found
                .iter()
                .filter(|(_, logins, places)| logins.len().min(places.len()) > 1)
                .count();
        }
    }
    assert!(several > 10, "{several}");
}
