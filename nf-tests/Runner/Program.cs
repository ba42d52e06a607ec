// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;

namespace K230.Sockets.Conformance
{
    public static class Program
    {
        public static int Main(string[] args)
        {
            if (args.Length != 2 || args[0] != "--behaviour")
            {
                Console.Error.WriteLine("usage: Runner --behaviour FILE, which gets the table of behaviour");
                return 2;
            }

            File.WriteAllText(args[1], BehaviourDocument.Write());

            return 0;
        }
    }
}
