// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;

namespace K230.Bench
{
    /// <summary>Messages there and back.</summary>
    internal static class MessageTasks
    {
        private const int WARM_UP = 200; // as in near.c

        /// <summary>A connection on which the far end gives every message back; one has been there and back.</summary>
        public static IConnection OpenEcho(ITransport transport, int port, byte[] message)
        {
            IConnection connection = transport.Connect(port);
            connection.NoDelay();
            connection.Send(FarSide.Echo(message.Length));
            RoundTrip(connection, message);

            return connection;
        }

        /// <summary>echo PORT SIZE COUNT: with the time of each.</summary>
        public static Sample Echo(ITransport transport, Command command)
        {
            var message = new byte[command.Arguments[1]];
            var nanoseconds = new double[command.Arguments[2]];

            using IConnection connection = OpenEcho(transport, (int)command.Arguments[0], message);

            for (int i = 0; i < WARM_UP; i++)
            {
                RoundTrip(connection, message);
            }

            var clock = new Clock();

            for (int i = 0; i < nanoseconds.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                RoundTrip(connection, message);
                nanoseconds[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            }

            return clock.Stop() with { Nanoseconds = nanoseconds };
        }

        /// <summary>messages PORT SIZE COUNT SOCKETS: each sent on all sockets, then received on all.</summary>
        public static Sample Messages(ITransport transport, Command command)
        {
            var message = new byte[command.Arguments[1]];
            var connections = new IConnection[command.Arguments[3]];

            try
            {
                for (int i = 0; i < connections.Length; i++)
                {
                    connections[i] = OpenEcho(transport, (int)command.Arguments[0], message);
                }

                var clock = new Clock();

                for (long done = 0; done < command.Arguments[2]; done += connections.Length)
                {
                    foreach (IConnection connection in connections)
                    {
                        connection.Send(message);
                    }

                    foreach (IConnection connection in connections)
                    {
                        connection.ReceiveAll(message);
                    }
                }

                return clock.Stop();
            }
            finally
            {
                Array.ForEach(connections, connection => connection?.Dispose());
            }
        }

        private static void RoundTrip(IConnection connection, byte[] message)
        {
            connection.Send(message);
            connection.ReceiveAll(message);
        }
    }
}
