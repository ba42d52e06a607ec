// K230.nanoFramework, MIT licence: see LICENSE

using System.IO;

namespace K230.Bench
{
    /// <summary>One connection, one direction.</summary>
    internal static class StreamTasks
    {
        /// <summary>send PORT TOTAL PIECE: until the far end has confirmed every byte.</summary>
        public static Sample Send(ITransport transport, Command command)
        {
            long total = command.Arguments[1];
            var piece = new byte[command.Arguments[2]];
            var answer = new byte[sizeof(long)];

            using IConnection connection = transport.Connect((int)command.Arguments[0]);
            connection.Send(FarSide.Sink(total));
            var clock = new Clock();

            for (long sent = 0; sent < total; sent += piece.Length)
            {
                connection.Send(piece);
            }

            // Else the last bytes may wait 40 ms for an acknowledgement that the far end delays (Nagle: RFC 1122, 4.2.3.4).
            connection.NoDelay();
            connection.ReceiveAll(answer);
            Sample sample = clock.Stop();
            FarSide.Confirm(answer, total);

            return sample;
        }

        /// <summary>recv PORT TOTAL PIECE: until the last byte is there.</summary>
        public static Sample Receive(ITransport transport, Command command)
        {
            long total = command.Arguments[1];
            var piece = new byte[command.Arguments[2]];
            long came = 0;

            using IConnection connection = transport.Connect((int)command.Arguments[0]);
            var clock = new Clock();
            connection.Send(FarSide.Source(total));

            for (int count = 1; came < total && count > 0; came += count)
            {
                count = connection.Receive(piece);
            }

            Sample sample = clock.Stop();

            return came == total ? sample : throw new InvalidDataException($"of {total} bytes {came} came");
        }

        /// <summary>lines PORT COUNT: until the last line is there.</summary>
        public static Sample Lines(ITransport transport, Command command)
        {
            long count = command.Arguments[1];

            using IConnection connection = transport.Connect((int)command.Arguments[0]);
            var clock = new Clock();
            connection.Send(FarSide.Source(count * FarSide.LINE));

            for (long i = 0; i < count; i++)
            {
                if (connection.ReadLine().Length != FarSide.LINE)
                {
                    throw new InvalidDataException($"line {i} has not {FarSide.LINE} bytes");
                }
            }

            return clock.Stop();
        }
    }
}
