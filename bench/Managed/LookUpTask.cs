// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Bench
{
    internal static class LookUpTask
    {
        /// <summary>lookup COUNT: the addresses of localhost.</summary>
        public static Sample Run(ITransport transport, Command command)
        {
            var clock = new Clock();

            for (long i = 0; i < command.Arguments[0]; i++)
            {
                transport.LookUp("localhost");
            }

            return clock.Stop();
        }
    }
}
