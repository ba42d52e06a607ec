// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;
using System.Linq;

namespace K230.Pack
{
    internal static class Program
    {
        // 0: packed, 1: refused, 2: wrong arguments.
        private static int Main(string[] args)
        {
            bool isGiven = args.Length == 3 && args[1] == "--output";

            if (args.Length == 0 || args[0].StartsWith("--") || args.Length > 1 && !isGiven)
            {
                Console.Error.WriteLine(
                    "pack: takes APP [--output DIR]; APP is a folder with the app's .pe files, or the app's own .pe");
                return 2;
            }

            try
            {
                string repository = Firmware.RepositoryAround(AppContext.BaseDirectory);
                var app = new App(args[0], Firmware.Of(repository));
                string output = isGiven ? args[2] : Path.Combine(repository, "build", "pack", app.Main.Name);

                Tell(app, new Package(app, output));
                return 0;
            }
            catch (Exception e) when (e is Refusal or IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine("pack: " + e.Message);
                return 1;
            }
        }

        private static void Tell(App app, Package package)
        {
            int width = app.Assemblies.Max(file => file.Name.Length);

            for (int i = 0; i < app.Assemblies.Count; i++)
            {
                PeFile file = app.Assemblies[i];

                Console.WriteLine((i + 1).ToString().PadLeft(2) + "  " + file.Name.PadRight(width) + "  " +
                    file.Version.ToString().PadRight(12) + file.Bytes.Length.ToString().PadLeft(7) + " bytes" +
                    (file.NativeChecksum == 0 ? "" : "  natives 0x" + file.NativeChecksum.ToString("X8")));
            }

            foreach (PeFile file in app.LeftOut)
            {
                Console.WriteLine("left out: " + file.Name + ", which " + app.Main.Name + " does not need");
            }

            Console.WriteLine("starts " + app.Main.Name);
            Console.WriteLine("folder to copy to the card: " + package.Folder);
            Console.WriteLine("the same as a tar:          " + package.Tar);
        }
    }
}
