// The demo is a guest book that forgets everything when it stops.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"time"

	"example.org/signpost"
	"example.org/signpost/middleware"
)

type entry struct {
	Author string `json:"author"`
	Text   string `json:"text"`
}

type guestBook struct {
	mu      sync.RWMutex
	entries []entry
}

func (g *guestBook) list(c *signpost.Context) error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return c.JSON(http.StatusOK, g.entries)
}

func (g *guestBook) show(c *signpost.Context) error {
	index, err := c.IntParam("index")
	if err != nil {
		return err
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	if index < 0 || index >= len(g.entries) {
		return &signpost.HTTPError{Status: http.StatusNotFound, Message: "no such entry"}
	}
	return c.JSON(http.StatusOK, g.entries[index])
}

func (g *guestBook) sign(c *signpost.Context) error {
	var e entry
	if err := c.Bind(&e); err != nil {
		return err
	}
	if e.Author == "" {
		e.Author = "anonymous"
	}
	g.mu.Lock()
	g.entries = append(g.entries, e)
	g.mu.Unlock()
	return c.JSON(http.StatusCreated, e)
}

func main() {
	path := flag.String("config", "config.yaml", "where the configuration is")
	flag.Parse()
	config, err := loadConfig(*path)
	if err != nil {
		log.Fatal(err)
	}

	book := &guestBook{}
	r := signpost.New()
	r.Use(middleware.Logging(os.Stdout), middleware.Recover())
	r.Use(middleware.RateLimit(middleware.NewLimiter(config.RequestsPerSecond, config.Burst)))
	r.Get("/entries", book.list)
	r.Get("/entries/:index", book.show)
	r.Post("/entries", book.sign)

	server := &http.Server{Addr: config.Listen, Handler: r, ReadTimeout: config.ReadTimeout}
	go waitForInterrupt(server, config.ShutdownGrace)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

// waitForInterrupt shuts the server down when Ctrl+C is pressed.
func waitForInterrupt(server *http.Server, grace time.Duration) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	<-signals
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Println("shutdown:", err)
	}
}
