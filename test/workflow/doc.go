// Package workflow checks the workflows of GitHub Actions, their scripts and the template
// of their roles on AWS.
package workflow
