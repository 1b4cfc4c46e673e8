package io.weir;

/**
 * How the connections ended that were open when {@link Server#shutdown} was called. Each counts
 * once.
 *
 * @param finished by themselves: by their handlers, by the peer, or as they were lost
 * @param closed by the server, in order, with everything sent that was written
 * @param aborted by the server when time was up, with what was left of them
 */
public record ShutdownReport(int finished, int closed, int aborted) {}
