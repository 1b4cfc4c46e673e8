package io.weir.benchmarks.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** A server on Netty, which applies back-pressure as Weir's servers do. */
final class NettyServer {

  private NettyServer() {}

  static RunningServer startNio(Setup setup) throws Exception {
    return start(setup, NioIoHandler.newFactory(), NioServerSocketChannel.class);
  }

  static RunningServer startEpoll(Setup setup) throws Exception {
    return start(setup, EpollIoHandler.newFactory(), EpollServerSocketChannel.class);
  }

  private static RunningServer start(
      Setup setup, IoHandlerFactory io, Class<? extends ServerChannel> channel) throws Exception {
    MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(setup.threads(), io);
    Channel server =
        new ServerBootstrap()
            .group(group)
            .channel(channel)
            .option(ChannelOption.SO_BACKLOG, Setup.BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Pipeline(setup, sslContext(setup.tls())))
            .bind(Setup.HOST, setup.port())
            .sync()
            .channel();
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    return new RunningServer(port, () -> stop(group));
  }

  private static void stop(MultiThreadIoEventLoopGroup group) {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static @Nullable SslContext sslContext(@Nullable Tls tls) throws SSLException {
    return tls == null
        ? null
        : SslContextBuilder.forServer(tls.certificate().toFile(), tls.key().toFile())
            .sslProvider(SslProvider.JDK) // the engines of a JSSE provider
            .sslContextProvider(tls.provider().provider())
            .protocols(Tls.PROTOCOL)
            .build();
  }

  private static final class Pipeline extends ChannelInitializer<Channel> {

    private final Setup setup;
    private final @Nullable SslContext ssl;

    Pipeline(Setup setup, @Nullable SslContext ssl) {
      this.setup = setup;
      this.ssl = ssl;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (ssl != null) {
        channel.pipeline().addLast(ssl.newHandler(channel.alloc()));
      }
      if (setup.work() == Work.LINES) {
        channel.pipeline().addLast(new LineBasedFrameDecoder(Setup.BUFFER, false, true));
      }
      channel
          .pipeline()
          .addLast(
              switch (setup.work()) {
                case SINK -> new Dropper();
                case FORWARD -> new Forwarder(setup.forwardTo());
                case ECHO, LINES -> new Echo();
              });
      channel.config().setAutoRead(setup.work() != Work.FORWARD); // FORWARD reads once connected
    }
  }

  private static final class Forwarder extends ChannelInboundHandlerAdapter {

    private final int port;
    private @Nullable Channel onwards;

    Forwarder(int port) {
      this.port = port;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      Channel from = context.channel();
      ChannelFuture connecting =
          new Bootstrap()
              .group(from.eventLoop())
              .channelFactory(new ReflectiveChannelFactory<>(from.getClass()))
              .handler(new Pausing(from))
              .connect(Setup.HOST, port);
      onwards = connecting.channel();
      connecting.addListener(
          connected -> {
            if (connected.isSuccess()) {
              from.config().setAutoRead(true);
            } else {
              from.close();
            }
          });
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      Channel to = Objects.requireNonNull(onwards);
      to.write(bytes, to.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      Objects.requireNonNull(onwards).flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      Channel to = onwards;
      if (to != null) {
        to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable error) {
      context.close();
    }
  }

  /**
   * Pauses reading from the source while this channel is not writable, and closes the source when
   * this channel closes.
   */
  private static final class Pausing extends ChannelInboundHandlerAdapter {

    private final Channel from;

    Pausing(Channel from) {
      this.from = from;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      from.config().setAutoRead(context.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      from.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable error) {
      context.close();
    }
  }

  private static final class Echo extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      context.write(bytes, context.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      context.channel().config().setAutoRead(context.channel().isWritable());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable error) {
      context.close();
    }
  }

  private static final class Dropper extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      ReferenceCountUtil.release(bytes);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable error) {
      context.close();
    }
  }
}
