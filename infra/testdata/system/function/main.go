// Command function is built by a test of NewSystem.
package main

func main() {}
