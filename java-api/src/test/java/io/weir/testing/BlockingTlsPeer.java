package io.weir.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/** The other end of a TLS connection: a blocking socket of the JDK, with a deadline. */
public final class BlockingTlsPeer implements AutoCloseable {

  private final SSLSocket socket;

  private BlockingTlsPeer(SSLSocket socket) {
    this.socket = socket;
  }

  /** Connects to a server and shakes hands. */
  public static BlockingTlsPeer connect(InetSocketAddress server, SSLContext context)
      throws IOException {
    return client(BlockingSockets.connect(server.getPort()), context);
  }

  /** Shakes hands as the client, on a connection of any age. */
  public static BlockingTlsPeer client(Socket plain, SSLContext context) throws IOException {
    return over(plain, context, /* asClient= */ true);
  }

  /** Shakes hands as the server, on a connection of any age. */
  public static BlockingTlsPeer server(Socket plain, SSLContext context) throws IOException {
    return over(plain, context, /* asClient= */ false);
  }

  private static BlockingTlsPeer over(Socket plain, SSLContext context, boolean asClient)
      throws IOException {
    String name = InetAddress.getLoopbackAddress().getHostAddress();
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(plain, name, plain.getPort(), /* autoClose= */ true);
    socket.setUseClientMode(asClient);
    socket.startHandshake();
    return new BlockingTlsPeer(socket);
  }

  /** Sends text. */
  public void send(String text) {
    send(Texts.bytes(text));
  }

  /** Sends bytes. */
  public void send(byte[] data) {
    check(
        () -> {
          socket.getOutputStream().write(data);
          return null;
        });
  }

  /** Receives so many bytes, or fewer at the end of the stream. */
  public byte[] receive(int count) {
    return check(() -> socket.getInputStream().readNBytes(count));
  }

  /** Receives so many bytes, or fewer at the end of the stream, as text. */
  public String receiveText(int count) {
    return Texts.text(receive(count));
  }

  /** Receives a line with its newline, or the rest of the stream. */
  public String receiveLine() {
    return check(
        () -> {
          ByteArrayOutputStream line = new ByteArrayOutputStream();
          int next;
          do {
            next = socket.getInputStream().read();
            if (next >= 0) {
              line.write(next);
            }
          } while (next >= 0 && next != '\n');
          return Texts.text(line.toByteArray());
        });
  }

  /** Receives everything up to the good-bye of the other end. */
  public byte[] receiveAll() {
    return check(() -> socket.getInputStream().readAllBytes());
  }

  /** Says good-bye, and goes on reading. */
  public void sayGoodBye() {
    check(
        () -> {
          socket.shutdownOutput();
          return null;
        });
  }

  /** What was agreed on. */
  public SSLSession session() {
    return socket.getSession();
  }

  /** This end's address. */
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  @Override
  public void close() {
    check(
        () -> {
          socket.close();
          return null;
        });
  }

  @FunctionalInterface
  private interface Blocking<T> {
    T call() throws IOException;
  }

  private static <T> T check(Blocking<T> action) {
    try {
      return action.call();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
