/** Ends as soon as it is started, and says why. */
console.error("Cannot read /etc/weather.conf: it is not there.");
process.exit(3);
