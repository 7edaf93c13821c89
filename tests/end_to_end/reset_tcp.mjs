// An RST on the TCP connection of a socket, which may speak TLS.

export function resetTcp(socket) {
  if (!socket.encrypted) {
    socket.resetAndDestroy();
    return;
  }
  // Node.js has no reset() for TLS: the handle below that of TLS is TCP's, and tells nobody.
  socket._handle._parent.reset(() => socket.emit('close'));
  socket.destroy();
}
