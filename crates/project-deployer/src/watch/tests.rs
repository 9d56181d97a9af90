mod comparing;
mod healths;
mod parities;
mod times;
