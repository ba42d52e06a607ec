// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests
{
    /// <summary>Each kind of drift, made in a copy of the repository.</summary>
    [TestClass]
    public sealed class DriftTests : IDisposable
    {
        private const string Border = "interop/K230.Sockets/NativeSocket.cs";
        private const string Table = "interop/native/K230_Sockets.cpp";
        private const string Header = "interop/native/K230_Sockets.h";
        private const string Bodies = "interop/native/K230_Sockets_K230_Sockets_NativeSocket.cpp";
        private const string Project = "interop/K230.Sockets/K230.Sockets.nfproj";
        private const string Nuspec = "interop/K230.Sockets/K230.Sockets.nuspec";
        private const string Protocol = "firmware/protocol/k230_protocol.h";
        private const string Struct = "Library_K230_Sockets_K230_Sockets_";

        private readonly Copy _copy = new();

        public void Dispose() => _copy.Dispose(); // MSTest makes an object for each test

        // ---- the repository

        [TestMethod]
        public void Nothing_in_this_repository_has_drifted()
        {
            AssertNone(Comparison.Check(_copy.Original));
        }

        [TestMethod]
        public void Nothing_in_an_unchanged_copy_has_drifted()
        {
            AssertNone(_copy.BuildAndCheck());
        }

        // ---- methods

        [TestMethod]
        public void A_reordered_method_is_found_and_fixed()
        {
            const string Nudges = "        [MethodImpl(MethodImplOptions.InternalCall)]\n" +
                "        internal static extern int Nudges();\n";
            const string Nudge = "        [MethodImpl(MethodImplOptions.InternalCall)]\n" +
                "        internal static extern int Nudge();\n";
            _copy.Change(Border, Nudges, "");
            _copy.Change(Border, Nudge, Nudge + "\n" + Nudges);

            IReadOnlyList<Problem> problems = _copy.BuildAndCheck();

            Problem slot = One(problems, Table, "method_lookup");
            StringAssert.Contains(slot.What, "K230.Sockets.NativeSocket.Nudge ");
            Assert.AreEqual(Struct + "NativeSocket::Nudge___STATIC__I4", slot.Expected);
            Assert.AreEqual(Struct + "NativeSocket::Nudges___STATIC__I4", slot.Found);
            StringAssert.Contains(slot.Remedy, "./k230 drift --fix");
            StringAssert.Contains(LineOf(slot), "Nudges___STATIC__I4", "the line of the table that is told");
            One(problems, Table, "checksum");
            One(problems, Nuspec, "what the package asks of the firmware");
            AssertNone(_copy.Fix());
        }

        [TestMethod]
        public void A_managed_method_in_front_of_the_natives_moves_the_table_too()
        {
            _copy.Probe("    internal class AProbe { internal void First() { } }");

            IReadOnlyList<Problem> problems = _copy.BuildAndCheck();

            Problem slot = One(problems, Table, "method_lookup");
            Assert.AreEqual("nullptr", slot.Expected);
            StringAssert.Contains(slot.Found, "NativeSocket::Open");
            Assert.AreEqual(1, problems.Count, "and nothing else, as the checksum does not count it: " + Text(problems));
            AssertNone(_copy.Fix());
        }

        [TestMethod]
        public void Another_type_of_a_parameter_is_found_in_table_header_and_body()
        {
            _copy.Change(Border, "Listen(int handle, int backlog)", "Listen(int handle, uint backlog)");
            _copy.Change("interop/K230.Sockets/Socket.cs", "Live(), backlog < 0 ? 0 : backlog", "Live(), (uint)backlog");

            IReadOnlyList<Problem> problems = _copy.BuildAndCheck();

            Assert.AreEqual(
                Struct + "NativeSocket::Listen___STATIC__I4__I4__U4", One(problems, Table, "method_lookup").Expected);
            Assert.AreEqual("none", One(problems, Header, "Listen___STATIC__I4__I4__U4").Found);
            Assert.AreEqual("none", One(problems, Header, "Listen___STATIC__I4__I4__I4").Expected);
            One(problems, Table, "checksum");

            // Bodies are not generated: each has one message, for as long as it takes.
            List<Problem> left = _copy.Fix().ToList();
            Assert.AreEqual(2, left.Count, Text(left));
            Assert.IsTrue(left.All(problem => problem.Place.File == Bodies), Text(left));
            StringAssert.Contains(left[0].Expected, "Listen___STATIC__I4__I4__U4(CLR_RT_StackFrame &stack)");
            StringAssert.Contains(LineOf(left[1]), "Listen___STATIC__I4__I4__I4");

            _copy.Change(Bodies, "Listen___STATIC__I4__I4__I4", "Listen___STATIC__I4__I4__U4");
            AssertNone(_copy.Check());
        }

        [TestMethod]
        public void A_renamed_type_of_a_parameter_is_found()
        {
            _copy.Probe("    internal enum Mode { A }\n    internal static class Probe\n    {\n" +
                "        [System.Runtime.CompilerServices.MethodImpl(\n" +
                "            System.Runtime.CompilerServices.MethodImplOptions.InternalCall)]\n" +
                "        internal static extern void Set(Mode mode);\n    }");
            _copy.BuildAndCheck();
            _copy.Fix();
            _copy.Change(Copy.ProbeFile, "enum Mode", "enum Kind");
            _copy.Change(Copy.ProbeFile, "Set(Mode mode)", "Set(Kind mode)");

            IReadOnlyList<Problem> problems = _copy.BuildAndCheck();

            Problem slot = One(problems, Table, "method_lookup");
            Assert.AreEqual(Struct + "Probe::Set___STATIC__VOID__K230SocketsKind", slot.Expected);
            Assert.AreEqual(Struct + "Probe::Set___STATIC__VOID__K230SocketsMode", slot.Found);
            One(problems, Table, "checksum");
        }

        [TestMethod]
        public void Names_of_natives_follow_the_rules_of_the_metadata_processor()
        {
            _copy.Probe("    internal class Probe\n    {\n        internal struct Inner { }\n" +
                "        [System.Runtime.CompilerServices.MethodImpl(\n" +
                "            System.Runtime.CompilerServices.MethodImplOptions.InternalCall)]\n" +
                "        internal extern byte[] M(bool a, char b, sbyte c, short d, ushort e, ulong f, float g, double h,\n" +
                "            string i, object j, IntPtr k, ref int l, out byte[][] m, byte[][] n, TimeSpan o, Inner p,\n" +
                "            string[] q, UIntPtr r, out object s);\n    }");
            _copy.BuildAndCheck();
            _copy.Fix();

            StringAssert.Contains(
                _copy.Repository.Read(Header),
                "NANOCLR_NATIVE_DECLARE(M___SZARRAY_U1__BOOLEAN__CHAR__I1__I2__U2__U8__R4__R8__STRING__OBJECT__I4__" +
                "BYREF_I4__BYREF_SZARRAY_SZARRAY_U1__SZARRAY_U1__SystemTimeSpan__K230SocketsProbeInner__SZARRAY_STRING__" +
                "U4__BYREF_OBJECT);");
        }

        // ---- fields

        [TestMethod]
        public void A_moved_field_is_found_and_fixed()
        {
            _copy.Change("interop/K230.Sockets/PollEvent.cs",
                "        private readonly Socket _obj;\n        private readonly int _events;\n",
                "        private readonly int _events;\n        private readonly Socket _obj;\n");

            IReadOnlyList<Problem> problems = _copy.BuildAndCheck();

            Problem obj = One(problems, Header, Struct + "PollEvent::FIELD___obj");
            Assert.AreEqual("2", obj.Expected);
            Assert.AreEqual("1", obj.Found);
            StringAssert.Contains(LineOf(obj), "FIELD___obj = 1;");
            One(problems, Header, Struct + "PollEvent::FIELD___events");
            Assert.AreEqual(2, problems.Count, "and nothing else, as no checksum covers fields: " + Text(problems));
            AssertNone(_copy.Fix());
        }

        [TestMethod]
        public void Fields_are_counted_from_those_of_the_base_classes()
        {
            StringAssert.Contains(
                _copy.Repository.Read(Header),
                "struct Library_K230_Sockets_K230_Sockets_OSError {\n    static const int FIELD___errno = 6;",
                "four of Exception, one of SocketException");
        }

        // ---- constants

        [TestMethod]
        public void A_changed_constant_of_CSharp_is_found()
        {
            _copy.Change("interop/K230.Sockets/Errno.cs", "const int EINVAL = 22;", "const int EINVAL = 23;");

            Problem problem = One(_copy.BuildAndCheck(), "interop/K230.Sockets/Errno.cs", "Errno.EINVAL");

            StringAssert.StartsWith(problem.Expected, "22, as K230_ERRORS.EINVAL in " + Protocol + ":");
            Assert.AreEqual("23", problem.Found);
            StringAssert.Contains(LineOf(problem), "const int EINVAL = 23;");
        }

        [TestMethod]
        [DataRow("K230_SO_LINGER = 13", "K230_SO_LINGER = 14", "Socket.SO_LINGER")]
        [DataRow("K230_POLLHUP = 16", "K230_POLLHUP = 64", "Select.POLLHUP")]
        [DataRow("X(EAI_NONAME, 2)", "X(EAI_NONAME, 5)", "Errno.EAI_NONAME")]
        [DataRow("#define K230_HOST_MAX 255u", "#define K230_HOST_MAX 63u", "Socket.LongestHost")]
        [DataRow("    uint16_t port;   /* a number, not network order */\n    uint32_t scope;  /* IPv6 scope id, else 0 */\n",
            "    uint32_t scope;\n    uint16_t port;\n", "Wire.Port")]
        [DataRow("    uint8_t mask[4];\n    uint8_t gateway[4];\n", "    uint8_t gateway[4];\n    uint8_t mask[4];\n",
            "InterfaceRecord.MaskOffset")]
        [DataRow("#define K230_INTERFACE_NAME 16u", "#define K230_INTERFACE_NAME 32u", "InterfaceRecord.MacOffset")]
        [DataRow("#define K230_INTERFACE_IPV6 4u", "#define K230_INTERFACE_IPV6 5u", "InterfaceRecord.Size")]
        [DataRow("    uint32_t prefix;\n", "    uint32_t prefix;\n    uint32_t life;\n", "InterfaceRecord.Size")]
        [DataRow("#define K230_INTERFACE_LINK 2u", "#define K230_INTERFACE_LINK 8u", "InterfaceRecord.Link")]
        [DataRow("    X(EPIPE, 32) ", "    X(EROFS, 30) X(EPIPE, 32) ", "Errno.EROFS")]
        [DataRow("    X(EPIPE, 32) ", "    ", "Errno.EPIPE")]
        public void A_changed_number_of_the_protocol_is_found(string from, string to, string constant)
        {
            _copy.Change(Protocol, from, to);

            IReadOnlyList<Problem> problems = _copy.Check();

            Assert.IsTrue(problems.Any(problem => problem.What == "the constant " + constant), Text(problems));
        }

        // ---- lists of files

        [TestMethod]
        public void A_file_missing_from_a_Compile_list_is_found_and_fixed()
        {
            File.WriteAllText(_copy.Repository.Absolute(Copy.ProbeFile), "");

            Problem problem = One(_copy.Check(), Project, "list of sources");

            Assert.AreEqual("<Compile Include=\"Probe.cs\" />", problem.Expected);
            StringAssert.Contains(problem.Found, Copy.ProbeFile);
            AssertNone(_copy.Fix());
            StringAssert.Contains(
                _copy.Repository.Read(Project),
                "    <Compile Include=\"Poller.cs\" />\n    <Compile Include=\"Probe.cs\" />\n" +
                "    <Compile Include=\"RecvFromResult.cs\" />\n");
        }

        [TestMethod]
        public void A_line_for_a_file_that_is_not_there_is_found_and_fixed()
        {
            _copy.Change(Project, "    <Compile Include=\"Wire.cs\" />\n",
                "    <Compile Include=\"Wire.cs\" />\n    <Compile Include=\"Wires.cs\" />\n");

            Problem problem = One(_copy.Check(), Project, "Wires.cs");

            Assert.AreEqual("the file interop/K230.Sockets/Wires.cs", problem.Expected);
            StringAssert.Contains(LineOf(problem), "Wires.cs");
            AssertNone(_copy.Fix());
        }

        [TestMethod]
        public void A_source_of_the_firmware_that_the_CMake_module_does_not_name_is_found()
        {
            File.WriteAllText(_copy.Repository.Absolute("firmware/link/k230_new.c"), "");

            Problem problem = One(_copy.Check(), "interop/native/FindINTEROP-K230.Sockets.cmake", "K230.Sockets_SRCS");

            Assert.AreEqual("firmware/link/k230_new.c", problem.Expected);
        }

        [TestMethod]
        public void A_project_for_devices_that_the_solution_filter_lacks_is_found()
        {
            _copy.Change("K230.Device.slnf", "      \"interop\\\\K230.Sockets\\\\K230.Sockets.nfproj\",\n", "");

            Problem problem = One(_copy.Check(), "K230.Device.slnf", "the list of projects");

            Assert.AreEqual("\"interop\\\\K230.Sockets\\\\K230.Sockets.nfproj\"", problem.Expected);
        }

        // ---- versions

        [TestMethod]
        public void A_package_of_another_version_is_found_wherever_it_is_named()
        {
            _copy.Change("nano.props", "1.11.60", "1.11.61");

            IReadOnlyList<Problem> problems = _copy.Check();

            StringAssert.StartsWith(
                One(problems, "interop/K230.Sockets/packages.config", "package nanoFramework.System.Net").Expected,
                "1.11.61, as in nano.props:");
            Assert.AreEqual("1.11.60", One(problems, Nuspec, "dependency nanoFramework.System.Net").Found);
            Assert.AreEqual("1.11.60", One(problems, "tools/Surface/README.md", "nanoFramework.System.Net").Found);
            Assert.AreEqual(3, problems.Count, Text(problems));
        }

        [TestMethod]
        public void A_package_that_only_NuGet_or_only_the_projects_know_is_found()
        {
            _copy.Change("interop/K230.Sockets/packages.config",
                "  <package id=\"nanoFramework.System.Text\" version=\"1.3.42\" targetFramework=\"netnano1.0\" />\n",
                "  <package id=\"nanoFramework.System.Math\" version=\"1.5.116\" targetFramework=\"netnano1.0\" />\n");

            IReadOnlyList<Problem> problems = _copy.Check();

            const string Packages = "interop/K230.Sockets/packages.config";
            Assert.AreEqual("none", One(problems, Packages, "nanoFramework.System.Text").Found);
            StringAssert.StartsWith(One(problems, Packages, "nanoFramework.System.Math").Expected, "a Reference to it");
            Assert.AreEqual(2, problems.Count, Text(problems));
        }

        [TestMethod]
        public void A_new_native_version_goes_into_table_and_package()
        {
            _copy.Change("interop/K230.Sockets/Properties/AssemblyInfo.cs",
                "AssemblyNativeVersion(\"1.0.0.0\")", "AssemblyNativeVersion(\"1.0.0.7\")");

            IReadOnlyList<Problem> problems = _copy.BuildAndCheck();

            Assert.AreEqual("1.0.0.7", One(problems, Table, "native version").Expected);
            One(problems, Nuspec, "what the package asks of the firmware");
            Assert.AreEqual(2, problems.Count, Text(problems));
            AssertNone(_copy.Fix());
        }

        [TestMethod]
        public void A_package_with_another_version_than_its_assembly_is_found()
        {
            _copy.Change(Nuspec, "<version>1.0.0</version>", "<version>1.1.0</version>");

            Problem problem = One(_copy.Check(), Nuspec, "version of the package");

            StringAssert.StartsWith(problem.Expected, "1.0.0, as AssemblyVersion");
            Assert.AreEqual("1.1.0", problem.Found);
        }

        // ---- what the assertions share

        private static void AssertNone(IReadOnlyList<Problem> problems)
        {
            Assert.AreEqual("", Text(problems));
        }

        private static string Text(IEnumerable<Problem> problems)
        {
            return string.Join("\n", problems);
        }

        private static Problem One(IReadOnlyList<Problem> problems, string file, string what)
        {
            List<Problem> those = problems
                .Where(problem => problem.Place.File == file && problem.What.Contains(what, StringComparison.Ordinal))
                .ToList();

            Assert.AreEqual(1, those.Count, "'" + what + "' in " + file + ", among:\n" + Text(problems));
            return those[0];
        }

        private string LineOf(Problem problem)
        {
            return _copy.Repository.Read(problem.Place.File).Split('\n')[problem.Place.Line - 1];
        }
    }
}
