package services

// PID returns the id of the program's process.
func (s *Service) PID() int { return s.pid }
