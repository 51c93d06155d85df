package repository

// root is the root of the repository. Each test begins with t.Chdir(root) and names each
// file by its path from there. (The go command does not notice a change of the folder in
// TestMain. It would take the result of a test from its cache although a file that the
// test reads has changed.)
const root = "../.."
