mod comparing;
mod healths;
mod ignoring;
mod metrics;
mod parities;
mod silents;
mod times;
