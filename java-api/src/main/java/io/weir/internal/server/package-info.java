/**
 * The server: accepting, admission, handlers, and the shutdown. {@link
 * io.weir.internal.server.ServerConnections} owns the lock and performs; {@link
 * io.weir.internal.server.ServerState} decides, as plain data.
 */
@NullMarked
package io.weir.internal.server;

import org.jspecify.annotations.NullMarked;
