package confine

// Assemble makes the filter of system calls for this process.
var Assemble = assemble
