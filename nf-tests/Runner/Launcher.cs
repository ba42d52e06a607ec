// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;
using System.Reflection;
using System.Reflection.Emit;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using nanoFramework.TestFramework;

namespace K230.Sockets.Conformance
{
    /// <summary>
    /// Holds a test to the rules of nanoFramework's UnitTestLauncher that MSTest does not have: it runs without an
    /// instance, a SkipTestException skips it, and a message with a comma is a failure of its own, because
    /// nanoFramework's adapter drops such a line.
    /// </summary>
    internal static class Launcher
    {
        // K230_REPEAT: each test gives so many results.
        private static readonly int s_times = Times();

        internal static TestResult[] Run(ITestMethod test)
        {
            var results = new TestResult[s_times];

            for (int i = 0; i < results.Length; i++)
            {
                results[i] = RunOnce(test);
            }

            return results;
        }

        private static TestResult RunOnce(ITestMethod test)
        {
            var result = new TestResult { Outcome = UnitTestOutcome.Passed };
            var watch = Stopwatch.StartNew();

            try
            {
                WithoutInstance(test.MethodInfo)(test.Arguments ?? Array.Empty<object>());
            }
            catch (SkipTestException e) when (e.GetType() == typeof(SkipTestException) && !HasComma(e))
            {
                result.Outcome = UnitTestOutcome.Inconclusive;
                result.TestFailureException = e;
            }
            catch (Exception e)
            {
                result.Outcome = UnitTestOutcome.Failed;
                result.TestFailureException = !HasComma(e) ? e : new nanoFramework.TestFramework.AssertFailedException(
                    e.Message + " [had a comma: nanoFramework would lose this line]", e);
            }

            result.Duration = watch.Elapsed;

            return result;
        }

        private static bool HasComma(Exception e)
        {
            return e.Message != null && e.Message.Contains(',', StringComparison.Ordinal);
        }

        /// <summary>
        /// The method with null for its instance, which reflection refuses and a device does: a test that uses a field
        /// of its class fails here too.
        /// </summary>
        private static Action<object[]> WithoutInstance(MethodInfo method)
        {
            var caller = new DynamicMethod(method.Name, null, new[] { typeof(object[]) }, method.Module, true);
            ILGenerator il = caller.GetILGenerator();
            ParameterInfo[] parameters = method.GetParameters();

            if (!method.IsStatic)
            {
                il.Emit(OpCodes.Ldnull);
            }

            for (int i = 0; i < parameters.Length; i++)
            {
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ldc_I4, i);
                il.Emit(OpCodes.Ldelem_Ref);
                il.Emit(OpCodes.Unbox_Any, parameters[i].ParameterType);
            }

            il.Emit(OpCodes.Call, method);

            if (method.ReturnType != typeof(void))
            {
                il.Emit(OpCodes.Pop);
            }

            il.Emit(OpCodes.Ret);

            return (Action<object[]>)caller.CreateDelegate(typeof(Action<object[]>));
        }

        private static int Times()
        {
            string text = Environment.GetEnvironmentVariable("K230_REPEAT");

            return string.IsNullOrEmpty(text) ? 1 : Math.Max(1, int.Parse(text));
        }
    }
}
