// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Reflection;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using DataRow = nanoFramework.TestFramework.DataRowAttribute;
using TestMethod = nanoFramework.TestFramework.TestMethodAttribute;

namespace K230.Sockets.Conformance
{
    /// <summary>What MSTest does before the first test.</summary>
    [Microsoft.VisualStudio.TestTools.UnitTesting.TestClass]
    public static class OnWorkstation
    {
        /// <summary>
        /// Says what network the tests run in. With K230_STACK=lwip they expect what lwIP does;
        /// board/virtual/lwip-namespace.sh makes the network for it.
        /// </summary>
        [AssemblyInitialize]
        public static void Begin(TestContext context)
        {
            if (Environment.GetEnvironmentVariable("K230_STACK") == "lwip")
            {
                Network.Silent = Environment.GetEnvironmentVariable("K230_SILENT_IP");
                Network.Interface = Environment.GetEnvironmentVariable("K230_LWIP_IP");
                Network.HasSendBufferOption = false;
                Network.TellsRefusedDatagrams = false;
            }

            NothingIsLeftOut();
        }

        /// <summary>A device runs a DataRow without a TestMethod too; MSTest would not find it.</summary>
        private static void NothingIsLeftOut()
        {
            foreach (Type type in typeof(OnWorkstation).Assembly.GetTypes())
            {
                foreach (MethodInfo method in type.GetMethods())
                {
                    if (method.IsDefined(typeof(DataRow)) && !method.IsDefined(typeof(TestMethod)))
                    {
                        throw new InvalidOperationException(
                            type.Name + "." + method.Name + ": DataRow without TestMethod");
                    }
                }
            }
        }
    }
}
