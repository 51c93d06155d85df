// Package repository checks the repository as a whole: which package may import
// which, that links and names in the documents lead somewhere, the line ends of
// a checkout, and the list of dependencies.
package repository
