package services

import "context"

// PID is the id of the program's process.
func (s *Service) PID() int { return s.pid }

// InstallIn installs the packages of another folder.
func InstallIn(ctx context.Context, services, notes string, progress func(string)) error {
	return folders{services: services, notes: notes}.install(ctx, progress)
}
