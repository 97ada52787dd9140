// Loaded into the Azurite process before its own code: when the daemon is gone, however it went, Azurite saves its data and ends.
// Without this, a killed daemon would leave it running, and killing it would lose what it saves every five seconds only.
process.on('disconnect', () => {
  process.emit('SIGTERM');
});
