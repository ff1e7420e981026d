demo() { die "later"; }
