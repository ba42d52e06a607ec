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

        private readonly Figure _send = Figure.Lower("managed bytes allocated per Send", "bytes", 0);
        private readonly Figure _sendAll = Figure.Lower("managed bytes allocated per SendAll", "bytes", 0);
        private readonly Figure _readInto = Figure.Lower("managed bytes allocated per ReadInto", "bytes", 0);

        public string Title => "Managed memory";

        public string Explanation =>
            $"What `GC.GetAllocatedBytesForCurrentThread` tells of {CALLS} calls of K230.Sockets with 64 bytes " +
            "each, divided by their number. Counted, so there is no other side.";

        public IReadOnlyList<Figure> Figures => [_send, _sendAll, _readInto];

        public IReadOnlyList<Row> Run(Session session)
        {
            var piece = new byte[SIZE];
            int port = session.Ends.Far.Port;

            double Sending(Action<Socket> call) =>
                PerCall(port, FarSide.Sink((CALLS + WARM_UP) * (long)SIZE), call);

            return session.Ends.Managed.Do("allocate", () => new[]
            {
                _send.Of(Sending(s => s.Send(piece))),
                _sendAll.Of(Sending(s => s.SendAll(piece))),
                _readInto.Of(PerCall(port, FarSide.Source((CALLS + WARM_UP) * (long)SIZE), s => s.ReadInto(piece))),
            });
        }

        private static double PerCall(int port, byte[] ask, Action<Socket> call)
        {
            using var socket = new Socket();
            socket.Connect(new SockAddr("127.0.0.1", port));
            socket.SendAll(ask);

            for (int i = 0; i < WARM_UP; i++)
            {
                call(socket);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();

            for (int i = 0; i < CALLS; i++)
            {
                call(socket);
            }

            return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / CALLS;
        }
    }
}
