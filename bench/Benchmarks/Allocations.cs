// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using K230.Sockets;

namespace K230.Bench
{
    internal sealed class Allocations : IMeasurement
    {
        private const int Calls = 20_000;
        private const int WarmUp = 1_000;
        private const int Size = 64;
        private const int SlowKibps = 4096; // slower than any sender: 20 000 calls fill the ring again and again
        private const int TimesFull = 3;

        private readonly Metric _send = Metric.Lower("managed bytes allocated per Send", "bytes", 0);
        private readonly Metric _sendAll = Metric.Lower("managed bytes allocated per SendAll", "bytes", 0);
        private readonly Metric _readInto = Metric.Lower("managed bytes allocated per ReadInto", "bytes", 0);

        public IReadOnlyList<Metric> Metrics => [_send, _sendAll, _readInto];

        public static Benchmark Create() => new(
            "Managed memory",
            $"What `GC.GetAllocatedBytesForCurrentThread` tells of {Calls} calls of K230.Sockets with 64 bytes " +
            "each, divided by their number: the most of calls that find room (or bytes) at once, and of calls that " +
            "wait, for a far end that reads slowly or that gives back what it is sent. Counted after both have " +
            "been done often enough to be compiled, and there is no other side.",
            new Allocations());

        public IReadOnlyList<Row> Measure(Run run)
        {
            byte[] piece = new byte[Size];
            int port = run.Ends.Far.Port;

            // Those that wait come first: some of the others do now and then, and are to have been compiled by then.
            double Sending(Action<Socket> call) => Math.Max(
                PerCall(port, FarSide.SlowSink(SlowKibps), call, s => FillAgainAndAgain(s, piece, call)),
                PerCall(port, FarSide.Sink((Calls + WarmUp) * (long)Size), call, s => Repeat(s, WarmUp, call)));

            double Receiving(Action<Socket> call)
            {
                void ThereAndBack(Socket socket)
                {
                    socket.Send(piece);
                    call(socket);
                }

                return Math.Max(
                    PerCall(port, FarSide.Echo(Size), ThereAndBack, s => Repeat(s, WarmUp, ThereAndBack)),
                    PerCall(
                        port, FarSide.Source((Calls + WarmUp) * (long)Size), call, s => Repeat(s, WarmUp, call)));
            }

            return run.Ends.Managed.Do("allocate", () => new[]
            {
                _send.Of(Sending(s => s.Send(piece))),
                _sendAll.Of(Sending(s => s.SendAll(piece))),
                _readInto.Of(Receiving(s => s.ReadInto(piece))),
            });
        }

        /// <summary>Leaves no room, so that the next call waits, as calls here have done before.</summary>
        private static void FillAgainAndAgain(Socket socket, byte[] piece, Action<Socket> call)
        {
            Repeat(socket, TimesFull, s =>
            {
                Fill(s, piece);
                Repeat(s, WarmUp, call);
            });
            Fill(socket, piece);
        }

        private static void Fill(Socket socket, byte[] piece)
        {
            try
            {
                while (true)
                {
                    socket.Send(piece, Socket.MSG_DONTWAIT);
                }
            }
            catch (OSError e) when (e.Errno == Errno.EAGAIN)
            {
                // That was the last room.
            }
        }

        private static void Repeat(Socket socket, int times, Action<Socket> call)
        {
            for (int i = 0; i < times; i++)
            {
                call(socket);
            }
        }

        private static double PerCall(int port, byte[] ask, Action<Socket> call, Action<Socket> warmUp)
        {
            using var socket = new Socket();
            socket.Connect(new SockAddr("127.0.0.1", port));
            socket.SetSockOpt(Socket.IPPROTO_TCP, Socket.TCP_NODELAY, 1);
            socket.SendAll(ask);
            warmUp(socket);

            long before = GC.GetAllocatedBytesForCurrentThread();
            Repeat(socket, Calls, call);

            return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Calls;
        }
    }
}
