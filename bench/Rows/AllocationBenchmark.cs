// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using K230.Sockets;

namespace K230.Bench
{
    internal sealed class AllocationBenchmark : IBenchmark
    {
        private const int CALLS = 20_000;
        private const int WARM_UP = 1_000;
        private const int SIZE = 64;
        private const int SLOW_KIBPS = 4096; // slower than any sender: 20 000 calls fill the ring again and again
        private const int TIMES_FULL = 3;

        private readonly Figure _send = Figure.Lower("managed bytes allocated per Send", "bytes", 0);
        private readonly Figure _sendAll = Figure.Lower("managed bytes allocated per SendAll", "bytes", 0);
        private readonly Figure _readInto = Figure.Lower("managed bytes allocated per ReadInto", "bytes", 0);

        public string Title => "Managed memory";

        public string Explanation =>
            $"What `GC.GetAllocatedBytesForCurrentThread` tells of {CALLS} calls of K230.Sockets with 64 bytes " +
            "each, divided by their number: the most of calls that find room (or bytes) at once, and of calls that " +
            "wait, for a far end that reads slowly or that gives back what it is sent. Counted after both have " +
            "been done often enough to be compiled, and there is no other side.";

        public IReadOnlyList<Figure> Figures => [_send, _sendAll, _readInto];

        public IReadOnlyList<Row> Run(Session session)
        {
            var piece = new byte[SIZE];
            int port = session.Ends.Far.Port;

            // Those that wait come first: some of the others do now and then, and are to have been compiled by then.
            double Sending(Action<Socket> call) => Math.Max(
                PerCall(port, FarSide.SlowSink(SLOW_KIBPS), call, s => FillAgainAndAgain(s, piece, call)),
                PerCall(port, FarSide.Sink((CALLS + WARM_UP) * (long)SIZE), call, s => Repeat(s, WARM_UP, call)));

            double Receiving(Action<Socket> call)
            {
                void ThereAndBack(Socket socket)
                {
                    socket.Send(piece);
                    call(socket);
                }

                return Math.Max(
                    PerCall(port, FarSide.Echo(SIZE), ThereAndBack, s => Repeat(s, WARM_UP, ThereAndBack)),
                    PerCall(
                        port, FarSide.Source((CALLS + WARM_UP) * (long)SIZE), call, s => Repeat(s, WARM_UP, call)));
            }

            return session.Ends.Managed.Do("allocate", () => new[]
            {
                _send.Of(Sending(s => s.Send(piece))),
                _sendAll.Of(Sending(s => s.SendAll(piece))),
                _readInto.Of(Receiving(s => s.ReadInto(piece))),
            });
        }

        /// <summary>Leaves no room, so that the next call waits, as calls here have done before.</summary>
        private static void FillAgainAndAgain(Socket socket, byte[] piece, Action<Socket> call)
        {
            Repeat(socket, TIMES_FULL, s =>
            {
                Fill(s, piece);
                Repeat(s, WARM_UP, call);
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
            Repeat(socket, CALLS, call);

            return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / CALLS;
        }
    }
}
