package io.weir.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionInfo;
import io.weir.Decoder;
import io.weir.DecoderSplits;
import io.weir.Decoders;
import io.weir.Encoder;
import io.weir.Encoders;
import io.weir.ExtraInfo;
import io.weir.LengthPrefix;
import io.weir.MemoryStreams;
import io.weir.ReadRequest;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import io.weir.TlsSide;
import io.weir.Transport;
import io.weir.TransportSocket;
import io.weir.WriteLimits;
import io.weir.testing.Deadline;
import io.weir.testing.TestServer;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.TypeVariable;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A null argument is refused at once, by its name. */
class NullArgumentsTest {

  /** Those that an argument, or the object that is called, may be of. */
  private final Map<Class<?>, Object> samples = new LinkedHashMap<>();

  private final List<String> wrong = new ArrayList<>();
  private int calls;

  private <T> void sample(Class<T> type, T value) {
    samples.put(type, value);
  }

  @Test
  void every_method_refuses_a_null_by_the_name_of_its_argument() throws Exception {
    ConnectionHandler handler = (reader, writer) -> new CompletableFuture<>();
    try (TestServer server = TestServer.by(handler);
        StreamConnection connection = server.open();
        AsynchronousSocketChannel asynchronous = AsynchronousSocketChannel.open();
        AsynchronousServerSocketChannel asynchronousServer =
            AsynchronousServerSocketChannel.open();
        SocketChannel channel = SocketChannel.open();
        ServerSocketChannel serverChannel = ServerSocketChannel.open()) {
      sample(String.class, "localhost");
      sample(int.class, 1);
      sample(Path.class, Path.of("no", "such", "file"));
      sample(Duration.class, Duration.ofSeconds(1));
      sample(List.class, List.of("127.0.0.1"));
      sample(ByteBuffer.class, ByteBuffer.allocate(1));
      sample(SocketOption.class, StandardSocketOptions.TCP_NODELAY);
      sample(Object.class, true);
      sample(TlsSide.class, TlsSide.CLIENT);
      sample(ExtraInfo.class, ExtraInfo.PEER_NAME);
      sample(ConnectionHandler.class, handler);
      sample(ConnectOptions.class, ConnectOptions.DEFAULTS);
      sample(ServerOptions.class, ServerOptions.DEFAULTS);
      sample(RuntimeOptions.class, RuntimeOptions.DEFAULTS);
      sample(TlsOptions.class, TlsOptions.defaults());
      sample(ReadRequest.class, ReadRequest.line());
      sample(ConnectionInfo.class, new ConnectionInfo(null, Duration.ZERO, 0, 0, false));
      sample(SocketAddress.class, server.address());
      sample(long.class, 1L);
      sample(boolean.class, true);
      sample(WriteLimits.class, WriteLimits.DEFAULTS);
      sample(Decoder.class, Decoders.line());
      sample(Encoder.class, Encoders.text());
      sample(LengthPrefix.class, LengthPrefix.varint());
      sample(ByteOrder.class, ByteOrder.BIG_ENDIAN);
      sample(Function.class, Function.identity());
      sample(Consumer.class, value -> {});
      sample(Supplier.class, () -> CompletableFuture.completedFuture(false));
      sample(CompletableFuture.class, CompletableFuture.completedFuture(1));
      sample(AsynchronousSocketChannel.class, asynchronous);
      sample(AsynchronousServerSocketChannel.class, asynchronousServer);
      sample(SocketChannel.class, channel);
      sample(ServerSocketChannel.class, serverChannel);
      sample(AsyncRuntime.class, AsyncRuntime.shared());
      sample(Server.class, server.server());
      sample(StreamConnection.class, connection);
      sample(StreamReader.class, connection.reader());
      sample(StreamWriter.class, connection.writer());
      sample(Transport.class, connection.writer().transport());
      sample(TransportSocket.class, server.server().sockets().get(0));

      for (Class<?> type : samples.keySet()) {
        boolean called = !type.isInterface() && !type.isEnum();
        if (called && type.getPackageName().equals("io.weir")) {
          tryAll(type);
        }
      }
      for (Class<?> type :
          List.of(
              AsyncStreams.class,
              Decoders.class,
              DecoderSplits.class,
              Encoders.class,
              MemoryStreams.class,
              MemoryStreams.Pair.class)) {
        tryAll(type);
      }
      assertEquals("", String.join("\n", wrong));
      assertTrue(calls > 60, "only " + calls + " calls");
    }
  }

  private void tryAll(Class<?> type) throws Exception {
    for (Method method : type.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers()) && !method.getName().equals("equals")) {
        tryEach(method);
      }
    }
    for (Executable constructor : type.getConstructors()) {
      tryEach(constructor);
    }
  }

  private void tryEach(Executable method) throws Exception {
    Parameter[] parameters = method.getParameters();
    for (int i = 0; i < parameters.length; i++) {
      boolean nullable = parameters[i].getAnnotatedType().isAnnotationPresent(Nullable.class);
      boolean generic = parameters[i].getParameterizedType() instanceof TypeVariable;
      if (!parameters[i].getType().isPrimitive() && !nullable && !generic) {
        @Nullable Object[] arguments = new @Nullable Object[parameters.length];
        for (int j = 0; j < arguments.length; j++) {
          arguments[j] = j == i ? null : sampleOf(parameters[j].getType(), method);
        }
        call(method, i, arguments);
      }
    }
  }

  private Object sampleOf(Class<?> type, Executable method) {
    Object sample = type.isArray() ? Array.newInstance(type.getComponentType(), 1) : null;
    sample = sample == null ? samples.get(type) : sample;
    if (sample == null) {
      throw new AssertionError("no sample of " + type + " for " + method);
    }
    return sample;
  }

  private void call(Executable method, int index, @Nullable Object[] arguments) throws Exception {
    calls++;
    String what = method + ", argument " + index + ": ";
    try {
      if (method instanceof Method function) {
        Object receiver =
            Modifier.isStatic(method.getModifiers())
                ? null
                : samples.get(method.getDeclaringClass());
        function.invoke(receiver, arguments);
      } else {
        ((Constructor<?>) method).newInstance(arguments);
      }
      wrong.add(what + "accepted");
    } catch (InvocationTargetException e) {
      String message = String.valueOf(e.getCause().getMessage());
      if (!(e.getCause() instanceof NullPointerException) || !message.matches("[a-z][A-Za-z]*")) {
        wrong.add(what + e.getCause());
      }
    }
  }

  @Test
  void a_null_element_is_refused_by_the_name_of_its_argument() {
    StreamWriter writer = MemoryStreams.pair().first().writer();

    refused("parts", () -> writer.writeLines(Collections.singletonList(null)));
    refused("separators", () -> ReadRequest.until(new byte[1], null));
    refused("function", () -> Decoders.line().map(null));
    refused("next", () -> Decoders.line().then(null));
    refused("protocol", () -> TlsOptions.defaults().withProtocols("TLSv1.3", null));
    refused("cipher suite", () -> TlsOptions.defaults().withCipherSuites((String) null));
    refused(
        "application protocol", () -> TlsOptions.defaults().withApplicationProtocols("h2", null));
  }

  private static void refused(String name, org.junit.jupiter.api.function.Executable call) {
    NullPointerException refused = assertThrows(NullPointerException.class, call);
    assertTrue(String.valueOf(refused.getMessage()).contains(name), refused::getMessage);
  }

  @Test
  void a_null_of_a_resolver_fails_the_open_by_the_name_of_the_host() {
    for (CompletableFuture<List<InetAddress>> answer :
        Arrays.asList(
            null,
            CompletableFuture.<List<InetAddress>>completedFuture(null),
            CompletableFuture.completedFuture(Collections.<InetAddress>singletonList(null)))) {
      ConnectOptions options = ConnectOptions.DEFAULTS.withResolver(host -> answer);
      NullPointerException failure =
          Deadline.failure(
              NullPointerException.class, AsyncStreams.openConnection("weir.test", 80, options));

      assertTrue(
          String.valueOf(failure.getMessage()).matches("the resolver .*null .*host 'weir.test'.*"),
          failure.getMessage());
    }
  }
}
