// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Reflection;
using System.Threading;
using K230.Tools;

namespace K230.Sockets.Conformance
{
    public static class Program
    {
        public static int Main(string[] args)
        {
            int code = Run(args);

            // A test that hangs has threads that would keep the process.
            Console.Out.Flush();
            Environment.Exit(code);

            return code;
        }

        // 0: no test failed, 1: one did or there is none at all, 2: wrong arguments.
        private static int Run(string[] args)
        {
            var filter = new Option<string>("--filter")
            {
                HelpName = "PART",
                Description = "only tests with PART in their id or in the arguments of their DataRow",
            };
            var repeat = new Option<int>("--repeat")
            {
                HelpName = "N", Description = "all of them N times", DefaultValueFactory = _ => 1,
            };
            var threads = new Option<int>("--threads")
            {
                HelpName = "N", Description = "all of them on each of N threads at the same time, up to 100",
                DefaultValueFactory = _ => 1,
            };
            var culture = new Option<string>("--culture")
            {
                HelpName = "NAME",
                Description = "with the settings of, say, sv-SE, which has another minus sign; needs ICU and, in the " +
                    "environment, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0",
            };
            var list = new Option<bool>("--list") { Description = "only print the ids" };
            var behaviour = new Option<string>("--behaviour")
            {
                HelpName = "FILE",
                Description = "write the table of behaviour as a document",
            };
            var root = new RootCommand(
                "Runs the conformance tests as nanoFramework's launcher does. With K230_STACK=lwip it expects what " +
                "lwIP does; board/virtual/lwip-namespace.sh makes the network for it.")
            {
                filter, repeat, threads, culture, list, behaviour,
            };

            root.SetAction(options =>
            {
                string name = options.GetValue(culture);

                if (name != null && !Settle(name))
                {
                    return CommandLine.Misuse("Runner",
                        "there is no culture '" + name + "'; DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0 and ICU?");
                }

                if (options.GetValue(behaviour) is string file)
                {
                    File.WriteAllText(file, BehaviourDocument.Write());
                    return 0;
                }

                if (options.GetValue(list))
                {
                    new Launcher(options.GetValue(filter)).List(typeof(Program).Assembly);
                    return 0;
                }

                return Run(options.GetValue(filter), options.GetValue(repeat), options.GetValue(threads));
            });

            return root.Run("Runner", args);
        }

        private static int Run(string filter, int repeat, int threads)
        {
            if (repeat < 1 || threads < 1 || threads > 100)
            {
                return CommandLine.Misuse("Runner", "--repeat needs a number from 1 on, --threads one from 1 to 100");
            }

            Assembly tests = typeof(Program).Assembly;
            KnowTheNetwork();
            var launchers = new Launcher[threads];

            for (int i = 0; i < threads; i++)
            {
                launchers[i] = new Launcher(filter);
            }

            for (int i = 1; i <= repeat; i++)
            {
                RunOnThreads(launchers, tests);

                if (repeat > 1)
                {
                    Console.Error.WriteLine("run " + i + " of " + repeat + ": " + Launcher.Counts(launchers) + " so far");
                }
            }

            Console.WriteLine(Launcher.Counts(launchers));

            bool none = Array.TrueForAll(launchers, launcher => launcher.Passed + launcher.Skipped == 0);

            return Array.Exists(launchers, launcher => launcher.Failed > 0) || (none && filter == null) ? 1 : 0;
        }

        /// <summary>Has this culture on every thread; false if there is no such.</summary>
        private static bool Settle(string name)
        {
            try
            {
                CultureInfo culture = CultureInfo.GetCultureInfo(name, true);
                CultureInfo.CurrentCulture = culture;
                CultureInfo.CurrentUICulture = culture;
                CultureInfo.DefaultThreadCurrentCulture = culture;
                CultureInfo.DefaultThreadCurrentUICulture = culture;

                return true;
            }
            catch (CultureNotFoundException)
            {
                return false;
            }
        }

        private static void KnowTheNetwork()
        {
            if (Environment.GetEnvironmentVariable("K230_STACK") == "lwip")
            {
                Network.Silent = Environment.GetEnvironmentVariable("K230_SILENT_IP");
                Network.Interface = Environment.GetEnvironmentVariable("K230_LWIP_IP");
                Network.HasSendBufferOption = false;
                Network.TellsRefusedDatagrams = false;
            }
        }

        /// <summary>Each thread begins elsewhere, so that different calls meet.</summary>
        private static void RunOnThreads(Launcher[] launchers, Assembly tests)
        {
            var threads = new Thread[launchers.Length];

            for (int i = 0; i < threads.Length; i++)
            {
                Launcher launcher = launchers[i];
                double start = (double)i / threads.Length;
                threads[i] = new Thread(() => launcher.Run(tests, start));
                threads[i].Start();
            }

            foreach (Thread thread in threads)
            {
                thread.Join();
            }
        }
    }
}
