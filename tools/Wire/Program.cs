// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using System.Linq;
using K230.Pack;
using K230.Tools;

namespace K230.Wire
{
    internal static class Program
    {
        private const string Where = "its address as 192.168.1.7 or 192.168.1.7:26000, or a serial line as COM3";
        private const int TestSeconds = 60;

        // 0: done, 1: failed, 2: wrong arguments.
        internal static int Main(string[] args)
        {
            Command devices = Devices(), deploy = Deploy(), monitor = Monitor(), test = Test();
            var root = new RootCommand("Deploys to devices with nanoFramework, and runs tests on them.")
            {
                devices, deploy, monitor, test,
            };
            string verb = args.Length > 0 ? args[0] : "wire";

            string takes = verb switch
            {
                "deploy" => "takes HOST|PORT APP [--no-run | --monitor]; APP is a folder with the app's .pe " +
                    "files, or the app's own .pe",
                "monitor" => "takes HOST|PORT, " + Where,
                "test" => "takes HOST|PORT [FOLDER] [--filter X] [--trx FILE] [--timeout SECONDS]; FOLDER has " +
                    "the .pe files of a unit test project's build",
                "devices" => "takes [HOST|PORT...], or nothing to look for devices",
                _ => null,
            };

            // It would be taken for a device or a folder.
            Token unknown = root.Parse(args).Tokens.FirstOrDefault(
                token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal));

            if (unknown != null && takes != null)
            {
                return CommandLine.Misuse(verb, "unknown option " + unknown.Value + "; " + verb + " " + takes);
            }

            try
            {
                return root.Run(verb, args, takes);
            }
            catch (Exception e) when (e is Failure or Refusal or IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine(verb + ": " + e.Message);
                return 1;
            }
        }

        private static string ConformanceTests()
        {
            string project = Path.Combine(Checkout.Around(AppContext.BaseDirectory), "nf-tests", "Conformance", "bin");
            string release = Path.Combine(project, "Release");

            return Directory.Exists(release) ? release : Path.Combine(project, "Debug");
        }

        private static Command Devices()
        {
            var addresses = new Argument<string[]>("HOST|PORT")
            {
                Description = "only these devices",
                Arity = ArgumentArity.ZeroOrMore,
            };
            var command = new Command("devices", "Lists devices: firmware, natives, and what is deployed.")
            {
                addresses,
            };

            command.SetAction(options => Verbs.Devices(options.GetValue(addresses) ?? []));

            return command;
        }

        private static Command Deploy()
        {
            var address = new Argument<string>("HOST|PORT") { Description = Where };
            var app = new Argument<string>("APP")
            {
                Description = "the folder with the app's .pe files, or the app's own .pe",
            };
            var stays = new Option<bool>("--no-run")
            {
                Description = "let it wait for a debugger or monitor; without one it starts soon",
            };
            var monitors = new Option<bool>("--monitor")
            {
                Description = "show its output until it ends, or until Ctrl-C",
            };
            var command = new Command("deploy", "Writes an app into a device and starts it.")
            {
                address, app, stays, monitors,
            };

            command.Validators.Add(result =>
            {
                if (result.GetValue(stays) && result.GetValue(monitors))
                {
                    result.AddError("--no-run and --monitor exclude each other");
                }
            });
            command.SetAction(options => Verbs.Deploy(
                options.GetValue(address), options.GetValue(app), !options.GetValue(stays),
                options.GetValue(monitors)));

            return command;
        }

        private static Command Monitor()
        {
            var address = new Argument<string>("HOST|PORT") { Description = Where };
            var command = new Command("monitor", "Shows a program's output until it ends, or until Ctrl-C.")
            {
                address,
            };

            command.SetAction(options => Verbs.Monitor(options.GetValue(address)));

            return command;
        }

        private static Command Test()
        {
            var address = new Argument<string>("HOST|PORT") { Description = Where };
            var folder = new Argument<string>("FOLDER")
            {
                Description = "the build of a unit test project; this repository's conformance tests otherwise",
                Arity = ArgumentArity.ZeroOrOne,
            };
            var filter = new Option<string>("--filter")
            {
                Description = "count only tests with this in their name; the device runs all",
                HelpName = "X",
            };
            var trx = new Option<string>("--trx")
            {
                Description = "also write the results to a file",
                HelpName = "FILE",
            };
            var timeout = new Option<int>("--timeout")
            {
                Description = "how long one test may take",
                HelpName = "SECONDS",
                DefaultValueFactory = _ => TestSeconds,
            };
            var command = new Command("test", "Runs unit tests on a device.")
            {
                address, folder, filter, trx, timeout,
            };

            timeout.Validators.Add(result =>
            {
                if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out int seconds) || seconds < 1))
                {
                    result.AddError("--timeout needs a number of seconds");
                }
            });
            command.SetAction(options => Verbs.Test(
                options.GetValue(address), options.GetValue(folder) ?? ConformanceTests(), options.GetValue(filter),
                options.GetValue(trx), options.GetValue(timeout)));

            return command;
        }
    }
}
