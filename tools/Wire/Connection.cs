// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Threading;

namespace K230.Wire
{
    /// <summary>What a device does by itself.</summary>
    public enum NewsKind
    {
        /// <summary>A piece of the program's output has come.</summary>
        Output,

        /// <summary>The CLR has started.</summary>
        Started,

        /// <summary>The program has ended.</summary>
        Ended,

        /// <summary>The connection has ended.</summary>
        Lost,
    }

    /// <summary>What a device did by itself, in its order.</summary>
    public readonly record struct News(NewsKind Kind, byte[] Bytes);

    /// <summary>Requests to a device and what it tells by itself, over one stream of bytes.</summary>
    public sealed class Connection : IDisposable
    {
        // A packet that stops in the middle is given up after this.
        private const int SilenceMilliseconds = 2000;

        private const uint SourceHost = 0x10002;
        private const uint StopFlag = 1;

        private readonly string _where;
        private readonly Stream _stream;
        private readonly PacketReader _reader = new();
        private readonly BlockingCollection<News> _news = new();
        private readonly object _sending = new();
        private readonly object _state = new();

        // Of the request that runs.
        private readonly HashSet<ushort> _sequences = new();
        private PacketCommand _command;
        private Packet _reply;
        private bool _isDamaged;

        private string _lost;

        // Not the same in each run, since a serial line may still hold replies to an earlier one.
        private ushort _sequence = (ushort)Random.Shared.Next();

        /// <summary>Begins to listen.</summary>
        /// <param name="where">The device, for what is told of it.</param>
        /// <param name="stream">The way to it. A read that ends with a TimeoutException is repeated.</param>
        public Connection(string where, Stream stream)
        {
            _where = where;
            _stream = stream;
            new Thread(Listen) { IsBackground = true, Name = "wire" }.Start();
        }

        /// <summary>Gets or sets a value indicating whether the CLR is asked to wait when it starts.</summary>
        public bool StopsAtStart { get; set; }

        /// <summary>Gets a value indicating whether the connection has ended.</summary>
        public bool IsLost
        {
            get
            {
                lock (_state)
                {
                    return _lost != null;
                }
            }
        }

        /// <summary>Gets the bytes that were sent.</summary>
        public long BytesSent { get; private set; }

        /// <summary>Gets the bytes that were received.</summary>
        public long BytesReceived { get; private set; }

        /// <summary>Gets how many requests were sent, repetitions among them.</summary>
        public int Requests { get; private set; }

        /// <summary>Sends a request and waits for its reply; without one, it is sent again.</summary>
        /// <param name="command">What is asked for.</param>
        /// <param name="payload">Its payload.</param>
        /// <param name="what">The request, for what is told of it: "did not answer when asked to …".</param>
        /// <param name="attempts">How many milliseconds each attempt waits.</param>
        /// <returns>The payload of the reply.</returns>
        /// <exception cref="Refused">The device refused it.</exception>
        /// <exception cref="Lost">The connection ended, or no reply came in time.</exception>
        public byte[] Request(PacketCommand command, byte[] payload, string what, int[] attempts = null)
        {
            lock (_state)
            {
                _command = command;
                _reply = null;
                _sequences.Clear();
            }

            foreach (int milliseconds in attempts ?? Deadlines.Attempts)
            {
                Packet packet;

                lock (_state)
                {
                    _isDamaged = false;
                    packet = new Packet(command, _sequence++, 0, PacketFlags.None, payload);
                    _sequences.Add(packet.Sequence);
                }

                Requests++;
                Send(packet);

                Packet reply = Wait(milliseconds, what);

                if (reply != null)
                {
                    return (reply.Flags & PacketFlags.Nack) == 0 ? reply.Payload : throw new Refused(
                        _where, "refused to " + what, "look whether its firmware has what this tool needs");
                }
            }

            throw new Lost(_where, "did not answer when asked to " + what, "start it again if that repeats");
        }

        /// <summary>The next thing that the device did by itself; false if nothing came in time.</summary>
        public bool TryTake(out News news, TimeSpan time) =>
            _news.TryTake(out news, (int)time.TotalMilliseconds);

        /// <summary>Forgets what the device did by itself so far.</summary>
        public void ForgetNews()
        {
            while (_news.TryTake(out _))
            {
            }
        }

        /// <summary>Ends the connection.</summary>
        public void Dispose()
        {
            Lose("was closed");
            _stream.Dispose();
        }

        private Packet Wait(int milliseconds, string what)
        {
            long end = Environment.TickCount64 + milliseconds;

            lock (_state)
            {
                while (true)
                {
                    if (_reply != null)
                    {
                        Packet reply = _reply;
                        _sequences.Clear();
                        return reply;
                    }

                    if (_lost != null)
                    {
                        throw new Lost(_where, _lost + " when asked to " + what, "look whether it still runs");
                    }

                    long rest = end - Environment.TickCount64;

                    // A device that could not read the request says so without its number: it is sent again at once.
                    if (_isDamaged || rest <= 0)
                    {
                        return null;
                    }

                    System.Threading.Monitor.Wait(_state, (int)rest);
                }
            }
        }

        private void Send(Packet packet)
        {
            byte[] bytes = packet.ToBytes();

            try
            {
                lock (_sending)
                {
                    _stream.Write(bytes);
                    BytesSent += bytes.Length;
                }
            }
            catch (Exception e) when (IsOfTheLine(e))
            {
                Lose("lost the connection");
            }
        }

        private void Listen()
        {
            byte[] bytes = new byte[4096];
            long last = Environment.TickCount64;

            try
            {
                while (true)
                {
                    int count;

                    try
                    {
                        count = _stream.Read(bytes);
                    }
                    catch (TimeoutException)
                    {
                        if (IsLost)
                        {
                            return;
                        }

                        if (Environment.TickCount64 - last > SilenceMilliseconds)
                        {
                            _reader.GiveUp();
                            TakePackets();
                        }

                        continue;
                    }

                    if (count == 0)
                    {
                        Lose("closed the connection");
                        return;
                    }

                    // On a stream that waits for ever, silence is noticed only when it ends.
                    if (Environment.TickCount64 - last > SilenceMilliseconds)
                    {
                        _reader.GiveUp();
                        TakePackets();
                    }

                    last = Environment.TickCount64;
                    BytesReceived += count;
                    _reader.Add(bytes.AsSpan(0, count));
                    TakePackets();
                }
            }
            catch (Exception e) when (IsOfTheLine(e))
            {
                Lose("lost the connection");
            }
        }

        private void TakePackets()
        {
            for (Packet packet = _reader.Next(); packet != null; packet = _reader.Next())
            {
                Take(packet);
            }
        }

        private void Take(Packet packet)
        {
            if ((packet.Flags & PacketFlags.Reply) != 0)
            {
                lock (_state)
                {
                    if (packet.Command == _command && _sequences.Contains(packet.ReplySequence))
                    {
                        _reply = packet;
                        System.Threading.Monitor.PulseAll(_state);
                    }
                }

                return;
            }

            switch (packet.Command)
            {
                case PacketCommand.Ping when (packet.Flags & (PacketFlags.BadHeader | PacketFlags.BadPayload)) != 0:
                    lock (_state)
                    {
                        _isDamaged = true;
                        System.Threading.Monitor.PulseAll(_state);
                    }

                    break;
                case PacketCommand.Ping:
                    AnswerPing(packet);
                    Tell(new News(NewsKind.Started, null));
                    break;
                case PacketCommand.Message:
                    Tell(new News(NewsKind.Output, packet.Payload));
                    break;
                case PacketCommand.ProgramExit:
                    Tell(new News(NewsKind.Ended, null));
                    break;
            }
        }

        private void AnswerPing(Packet ping)
        {
            byte[] payload = new byte[8];
            BinaryPrimitives.WriteUInt32LittleEndian(payload, SourceHost);
            BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(4), StopsAtStart ? StopFlag : 0);
            ushort sequence;

            lock (_state)
            {
                sequence = _sequence++;
            }

            Send(new Packet(
                PacketCommand.Ping, sequence, ping.Sequence, PacketFlags.Reply | PacketFlags.NonCritical, payload));
        }

        private void Lose(string how)
        {
            lock (_state)
            {
                if (_lost != null)
                {
                    return;
                }

                _lost = how;
                System.Threading.Monitor.PulseAll(_state);
            }

            Tell(new News(NewsKind.Lost, null));
        }

        private void Tell(News news) => _news.Add(news);

        // SerialPort throws InvalidOperationException and UnauthorizedAccessException when its line is gone.
        private static bool IsOfTheLine(Exception e) =>
            e is IOException or ObjectDisposedException or InvalidOperationException or UnauthorizedAccessException or
                TimeoutException or OperationCanceledException;
    }
}
