package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

type demoConfig struct {
	Listen            string
	ReadTimeout       time.Duration
	ShutdownGrace     time.Duration
	RequestsPerSecond float64
	Burst             float64
}

// loadConfig understands just as much YAML as the demo needs.
func loadConfig(path string) (demoConfig, error) {
	config := demoConfig{Listen: ":9000", ReadTimeout: 5 * time.Second, RequestsPerSecond: 20, Burst: 40}
	file, err := os.Open(path)
	if err != nil {
		return config, fmt.Errorf("configuration: %w", err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		key, value, found := strings.Cut(strings.TrimSpace(scanner.Text()), ":")
		if !found {
			continue
		}
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch key {
		case "listen":
			config.Listen = value
		case "read_timeout":
			config.ReadTimeout, err = time.ParseDuration(value)
		case "shutdown_grace":
			config.ShutdownGrace, err = time.ParseDuration(value)
		case "requests_per_second":
			config.RequestsPerSecond, err = strconv.ParseFloat(value, 64)
		case "burst":
			config.Burst, err = strconv.ParseFloat(value, 64)
		}
		if err != nil {
			return config, fmt.Errorf("configuration: %s: %w", key, err)
		}
	}
	return config, scanner.Err()
}
