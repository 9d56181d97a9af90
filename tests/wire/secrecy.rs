//! R13: no text that anybody reads has the key in it, in whatever form.
