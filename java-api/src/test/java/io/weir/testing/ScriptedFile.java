package io.weir.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** A file in memory whose reads at a position do what the test says. Nothing else is possible. */
public final class ScriptedFile extends FileChannel {

  /** What happens before a read returns its bytes. */
  public interface Script {

    /** A read that begins at a position. */
    void onRead(long position) throws IOException;
  }

  private final byte[] content;
  private final Script script;

  public ScriptedFile(byte[] content, Script script) {
    this.content = content;
    this.script = script;
  }

  @Override
  public int read(ByteBuffer destination, long position) throws IOException {
    script.onRead(position);
    if (position >= content.length) {
      return -1;
    }
    int count = (int) Math.min(destination.remaining(), content.length - position);
    destination.put(content, (int) position, count);
    return count;
  }

  private static UnsupportedOperationException no() {
    return new UnsupportedOperationException("a transfer only reads at a position");
  }

  @Override
  public int read(ByteBuffer destination) {
    throw no();
  }

  @Override
  public long read(ByteBuffer[] destinations, int offset, int length) {
    throw no();
  }

  @Override
  public int write(ByteBuffer source) {
    throw no();
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) {
    throw no();
  }

  @Override
  public int write(ByteBuffer source, long position) {
    throw no();
  }

  @Override
  public long position() {
    throw no();
  }

  @Override
  public FileChannel position(long newPosition) {
    throw no();
  }

  @Override
  public long size() {
    throw no();
  }

  @Override
  public FileChannel truncate(long size) {
    throw no();
  }

  @Override
  public void force(boolean metaData) {
    throw no();
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) {
    throw no();
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count) {
    throw no();
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) {
    throw no();
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) {
    throw no();
  }

  @Override
  public FileLock tryLock(long position, long size, boolean shared) {
    throw no();
  }

  @Override
  protected void implCloseChannel() {}
}
