package io.weir;

/**
 * How the connections of a server closed during a shutdown. Each connection that was open when
 * {@link Server#shutdown} was called counts once.
 *
 * @param finished closed by their handlers or by the peer, or lost
 * @param closed closed by the server, after it had sent all outgoing bytes
 * @param aborted aborted by the server when the time expired
 * @param failed connections whose handlers failed, before or after the connection closed; the error
 *     listener has received the errors
 */
public record ShutdownReport(int finished, int closed, int aborted, int failed) {}
