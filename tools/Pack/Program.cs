// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using K230.Tools;

namespace K230.Pack
{
    internal static class Program
    {
        // 0: packed, 1: refused, 2: wrong arguments.
        private static int Main(string[] args)
        {
            var path = new Argument<string>("APP")
            {
                Description = "the folder with the app's .pe files, or the app's own .pe",
            };
            var output = new Option<string>("--output") { Description = "build/pack/NAME otherwise", HelpName = "DIR" };
            var root = new RootCommand("Collects an app's assemblies in load order, in a folder and in a tar.")
            {
                path, output,
            };

            root.SetAction(options => Pack(options.GetValue(path), options.GetValue(output)));

            return root.Run("pack", args,
                "takes APP [--output DIR]; APP is a folder with the app's .pe files, or the app's own .pe");
        }

        private static int Pack(string path, string output)
        {
            try
            {
                string repository = Checkout.Around(AppContext.BaseDirectory);
                var app = new App(path, Firmware.Of(repository));

                Print(app, new Package(app, output ?? Path.Combine(repository, "build", "pack", app.Main.Name)));
                return 0;
            }
            catch (Exception e) when (e is Refusal or IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine("pack: " + e.Message);
                return 1;
            }
        }

        private static void Print(App app, Package package)
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
