// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using nanoFramework.TestFramework;

namespace K230.Sockets.Conformance
{
    /// <summary>
    /// Runs tests as nanoFramework's UnitTestLauncher does on a device: for each [TestClass] its Setup methods, the
    /// TestMethods, the DataRows, the Cleanup methods; one after another, without an instance, one line for each.
    /// </summary>
    /// <remarks>
    /// A line is "Test passed,id,ticks", "Test failed,id,message" or "Test skipped,id,message". nanoFramework's adapter
    /// drops a line with more commas, so here a message with a comma is a failure of its own.
    /// </remarks>
    internal sealed class Launcher
    {
        private readonly string _filter;

        /// <summary>Runs only tests with this in their id or arguments; all if null.</summary>
        internal Launcher(string filter)
        {
            _filter = filter;
        }

        internal int Passed { get; private set; }

        internal int Failed { get; private set; }

        internal int Skipped { get; private set; }

        /// <summary>What several have counted together.</summary>
        internal static string Counts(Launcher[] launchers)
        {
            int passed = launchers.Sum(launcher => launcher.Passed);
            int failed = launchers.Sum(launcher => launcher.Failed);
            int skipped = launchers.Sum(launcher => launcher.Skipped);

            return passed + " passed, " + failed + " failed" + (skipped > 0 ? ", " + skipped + " skipped" : "");
        }

        /// <summary>
        /// Runs the tests of all classes: first those behind <paramref name="start"/>, a share of them from 0 to 1,
        /// then the rest.
        /// </summary>
        internal void Run(Assembly assembly, double start = 0)
        {
            Type[] types = assembly.GetTypes();
            int first = (int)(types.Length * start);

            for (int i = 0; i < types.Length; i++)
            {
                Type type = types[(first + i) % types.Length];

                if (!IsTestClass(type) || !HasWanted(type))
                {
                    continue;
                }

                MethodInfo[] methods = type.GetMethods();

                // A Setup that skips, skips its class. One that fails does not: so it is on the device.
                if (RunAll(methods, typeof(SetupAttribute)))
                {
                    RunAll(methods, typeof(TestMethodAttribute));
                    RunAll(methods, typeof(DataRowAttribute));
                    RunAll(methods, typeof(CleanupAttribute));
                }
            }
        }

        internal void List(Assembly assembly)
        {
            foreach (Type type in assembly.GetTypes())
            {
                foreach (MethodInfo method in IsTestClass(type) ? type.GetMethods() : Array.Empty<MethodInfo>())
                {
                    object[] attributes = Attributes(method);

                    for (int i = 0; i < attributes.Length; i++)
                    {
                        if (IsTest(attributes[i]) && IsWanted(method, attributes[i], i))
                        {
                            string arguments = Arguments(attributes[i]);
                            Console.WriteLine(Id(method, i) + (arguments.Length > 0 ? " " + arguments : ""));
                        }
                    }
                }
            }
        }

        private static bool IsTestClass(Type type)
        {
            return type.IsClass && Array.Exists(
                type.GetCustomAttributes(true), attribute => attribute.GetType() == typeof(TestClassAttribute));
        }

        private static bool IsTest(object attribute)
        {
            return attribute.GetType() == typeof(TestMethodAttribute) ||
                attribute.GetType() == typeof(DataRowAttribute);
        }

        /// <summary>As the launcher numbers them: DataRows take the place of TestMethod.</summary>
        private static object[] Attributes(MethodInfo method)
        {
            object[] attributes = Array.FindAll(
                method.GetCustomAttributes(true),
                attribute => attribute.GetType().Namespace == typeof(TestMethodAttribute).Namespace);
            bool hasRows = Array.Exists(attributes, attribute => attribute.GetType() == typeof(DataRowAttribute));

            return hasRows
                ? Array.FindAll(attributes, attribute => attribute.GetType() != typeof(TestMethodAttribute))
                : attributes;
        }

        private static string Id(MethodInfo method, int index)
        {
            return method.DeclaringType.FullName + "." + method.Name + "." + index;
        }

        private static string Arguments(object attribute)
        {
            return attribute is DataRowAttribute row ? "(" + string.Join("; ", row.MethodParameters) + ")" : "";
        }

        private bool IsWanted(MethodInfo method, object attribute, int index)
        {
            return _filter == null || !IsTest(attribute) ||
                (Id(method, index) + Arguments(attribute)).Contains(_filter, StringComparison.Ordinal);
        }

        private bool HasWanted(Type type)
        {
            foreach (MethodInfo method in type.GetMethods())
            {
                object[] attributes = Attributes(method);

                for (int i = 0; i < attributes.Length; i++)
                {
                    if (IsTest(attributes[i]) && IsWanted(method, attributes[i], i))
                    {
                        return true;
                    }
                }
            }

            return false;
        }

        /// <summary>Runs every method with this attribute; false if a Setup skips the class.</summary>
        private bool RunAll(MethodInfo[] methods, Type kind)
        {
            foreach (MethodInfo method in methods)
            {
                object[] attributes = Attributes(method);

                for (int i = 0; i < attributes.Length; i++)
                {
                    if (attributes[i].GetType() == kind && IsWanted(method, attributes[i], i) &&
                        !RunOne(method, attributes[i], Id(method, i)) && kind == typeof(SetupAttribute))
                    {
                        return false;
                    }
                }
            }

            return true;
        }

        /// <summary>false if it was skipped.</summary>
        private bool RunOne(MethodInfo method, object attribute, string id)
        {
            object[] arguments = attribute is DataRowAttribute row ? row.MethodParameters : Array.Empty<object>();
            var watch = Stopwatch.StartNew();

            try
            {
                WithoutInstance(method)(arguments);
            }
            catch (SkipTestException e) when (e.GetType() == typeof(SkipTestException) && !HasComma(e))
            {
                Skipped++;
                Console.WriteLine("Test skipped," + id + "," + e.Message);
                return false;
            }
            catch (Exception e)
            {
                // What belongs to one test stays in one line.
                string message = (e.Message ?? "").Replace("\r", "").Replace('\n', ' ').Replace(',', ';');
                Failed++;
                Console.WriteLine(
                    "Test failed," + id + "," + Arguments(attribute).Replace(',', ';') + message +
                    (HasComma(e) ? " [had a comma: nanoFramework would lose this line]" : ""));
                return true;
            }

            if (IsTest(attribute))
            {
                Passed++;
            }

            Console.WriteLine("Test passed," + id + "," + watch.Elapsed.Ticks);
            return true;
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
    }
}
