//! A JUnit report, which pipelines show.

use std::fmt::Write as _;
use std::path::Path;

use super::steps::{Step, StepOutcome, Steps};
use crate::failure::Failure;

/// Writes the report.
///
/// # Errors
///
/// The file cannot be written.
pub(super) fn write(path: &Path, steps: &Steps) -> Result<(), Failure> {
    std::fs::write(path, report(steps.all())).map_err(|error| {
        Failure::failed(format!(
            "the report `{}` cannot be written: {error}; name a file in a directory that you may write",
            path.display()
        ))
    })
}

/// One suite for the bundle and one for each deployment, one case for each step.
fn report(steps: &[Step]) -> String {
    let mut suites: Vec<(&str, Vec<&Step>)> = Vec::new();
    for step in steps {
        match suites.iter_mut().find(|(name, _)| *name == step.suite) {
            Some((_, of_suite)) => of_suite.push(step),
            None => suites.push((&step.suite, vec![step])),
        }
    }
    let mut text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"deployer release\">\n"
            .to_owned();
    for (name, steps) in suites {
        suite(&mut text, name, &steps);
    }
    text.push_str("</testsuites>\n");
    text
}

fn suite(text: &mut String, name: &str, steps: &[&Step]) {
    let count =
        |is: fn(&StepOutcome) -> bool| steps.iter().filter(|step| is(&step.outcome)).count();
    let failures = count(|outcome| matches!(outcome, StepOutcome::Failed(_)));
    let skipped = count(|outcome| matches!(outcome, StepOutcome::Skipped(_)));
    let seconds: f64 = steps.iter().map(|step| step.took.as_secs_f64()).sum();
    let (name, tests) = (escaped(name), steps.len());
    let _ = writeln!(
        text,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" \
         time=\"{seconds:.3}\">"
    );
    for step in steps {
        let seconds = step.took.as_secs_f64();
        let case = format!(
            "    <testcase classname=\"{name}\" name=\"{}\" time=\"{seconds:.3}\">",
            step.name
        );
        let inside = match &step.outcome {
            StepOutcome::Passed(text) => format!("<system-out>{}</system-out>", escaped(text)),
            StepOutcome::Skipped(reason) => format!("<skipped message=\"{}\"/>", escaped(reason)),
            StepOutcome::Failed(reason) => format!("<failure message=\"{}\"/>", escaped(reason)),
        };
        let _ = writeln!(text, "{case}{inside}</testcase>");
    }
    text.push_str("  </testsuite>\n");
}

/// A text in XML. Characters that XML has no way to write are left out.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\n' | '\t' => shown.push_str(if character == '\n' { "&#10;" } else { "&#9;" }),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => {}
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_deployment_is_a_suite_with_its_counts_and_texts_are_escaped() {
        let step = |suite: &str, name, outcome| Step {
            suite: suite.to_owned(),
            name,
            took: Duration::from_millis(1500),
            outcome,
        };
        let text = report(&[
            step("bundle", "publish", StepOutcome::Skipped("is there".to_owned())),
            step("a<b", "deploy", StepOutcome::Passed("done".to_owned())),
            step("a<b", "health", StepOutcome::Failed("\"bad\" & \u{1b}[1m\nworse".to_owned())),
        ]);
        let expected = [
            "<testsuite name=\"bundle\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\" time=\"1.500\">",
            "<testsuite name=\"a&lt;b\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"3.000\">",
            "<failure message=\"&quot;bad&quot; &amp; [1m&#10;worse\"/>",
            "<skipped message=\"is there\"/>",
        ];
        for part in expected {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
