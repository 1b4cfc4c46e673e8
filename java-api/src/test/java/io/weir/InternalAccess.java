package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.AsyncServerChannel;
import io.weir.internal.channel.TcpChannel;
import io.weir.internal.channel.TcpServerChannel;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import io.weir.internal.tls.TlsEnvironment;
import io.weir.internal.tls.TlsPeer;
import java.lang.reflect.Field;
import java.util.List;

/** Gives tests of other packages the package-private members of {@code io.weir} that they need. */
public final class InternalAccess {

  private InternalAccess() {}

  /** Returns the threads, timers and TLS parts of a runtime. */
  public static IoRuntime io(AsyncRuntime runtime) {
    return runtime.io();
  }

  /** Returns a reader and a writer of a connection. */
  public static StreamConnection streams(Connection connection) {
    return streams(connection, AsyncRuntime.shared().io().tls());
  }

  /** Returns a reader and a writer of a connection, with the parts that TLS uses. */
  public static StreamConnection streams(Connection connection, TlsEnvironment environment) {
    TransportHandle transport =
        new TransportHandle(
            connection, TlsPeer.NEITHER, environment, AsyncRuntime.shared().io().files());
    return new StreamConnection(
        new StreamReader(connection, transport), new StreamWriter(connection, transport));
  }

  /** Opens streams over a channel, on the shared runtime. */
  public static StreamConnection open(AsyncByteChannel channel) {
    IoRuntime runtime = AsyncRuntime.shared().io();
    ConnectionSettings settings = ConnectionSettings.of(StreamReader.DEFAULT_LIMIT);
    Connection connection = new Connection(channel, settings, runtime.timers(), closed -> {});
    return StreamFactory.create(connection, TlsPeer.NEITHER, runtime);
  }

  /** Returns a server of a listening channel, on the shared runtime. */
  public static Server server(AsyncServerChannel listening, ConnectionHandler handler) {
    return server(List.of(listening), handler);
  }

  /** Returns a server on channels that are listening. */
  public static Server server(List<AsyncServerChannel> listening, ConnectionHandler handler) {
    return new Server(listening, handler, ServerOptions.DEFAULTS, AsyncRuntime.shared().io());
  }

  /** Returns the channel of a socket: ours, or the one of another provider that ours wraps. */
  public static Object channel(TransportSocket socket) throws ReflectiveOperationException {
    Object ours = field(socket, "socket");
    return ours instanceof TcpChannel || ours instanceof TcpServerChannel
        ? field(ours, "channel")
        : ours;
  }

  private static Object field(Object owner, String name) throws ReflectiveOperationException {
    Field field = owner.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(owner);
  }
}
