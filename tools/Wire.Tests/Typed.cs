// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;
using K230.Pack.Tests;

namespace K230.Wire.Tests
{
    /// <summary>A command line that ran in this process, and what it said.</summary>
    internal readonly record struct Typed(int Code, string Output, string Error)
    {
        internal static Typed Of(params string[] arguments)
        {
            TextWriter output = Console.Out, error = Console.Error;
            using var newOutput = new StringWriter { NewLine = "\n" };
            using var newError = new StringWriter { NewLine = "\n" };

            Console.SetOut(newOutput);
            Console.SetError(newError);

            try
            {
                int code = Program.Main(arguments);

                return new Typed(code, newOutput.ToString(), newError.ToString());
            }
            finally
            {
                Console.SetOut(output);
                Console.SetError(error);
            }
        }

        /// <summary>Makes the build of an app one of unit tests.</summary>
        internal static void AddTests(Build build)
        {
            build.Add("nanoFramework.TestFramework.pe", new PeWriter("nanoFramework.TestFramework"));
            build.Add("NFUnitTest.pe", new PeWriter("NFUnitTest").Needs("nanoFramework.TestFramework"));
            build.Add("nanoFramework.UnitTestLauncher.pe", new PeWriter("nanoFramework.UnitTestLauncher")
            {
                HasMain = true,
            }.Needs("nanoFramework.TestFramework"));
            File.Delete(build.File("Echo.pe"));
        }
    }
}
