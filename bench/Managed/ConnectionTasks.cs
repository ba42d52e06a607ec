// K230.nanoFramework, MIT licence: see LICENSE

using System.Net.Sockets;

namespace K230.Bench
{
    /// <summary>Short connections, one after another.</summary>
    internal static class ConnectionTasks
    {
        /// <summary>connect BYTEPORT COUNT: connect, one byte there and back, close.</summary>
        public static Sample Connect(ITransport transport, Command command)
        {
            var one = new byte[1];
            var clock = new Clock();

            for (long i = 0; i < command.Arguments[1]; i++)
            {
                using IConnection connection = transport.Connect((int)command.Arguments[0]);
                connection.Send(one);
                connection.ReceiveAll(one);
            }

            return clock.Stop();
        }

        /// <summary>accept PORT COUNT: accept, send a byte, close; until the far end has the last byte.</summary>
        public static Sample Accept(ITransport transport, Command command)
        {
            var one = new byte[1];
            long count = command.Arguments[1];

            using IListener listener = transport.Listen();
            var clock = new Clock();
            using Socket aside = FarSide.Call((int)command.Arguments[0], listener.Port, count);

            for (long i = 0; i < count; i++)
            {
                using IConnection connection = listener.Accept();
                connection.Send(one);
            }

            FarSide.Fill(aside, one);

            return clock.Stop();
        }
    }
}
