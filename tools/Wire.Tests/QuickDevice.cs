// K230.nanoFramework, MIT licence: see LICENSE

using System;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Wire.Tests
{
    /// <summary>What tests against a device in memory have in common: the device, and a tool without much patience.
    /// </summary>
    public abstract class QuickDevice
    {
        private protected FakeDevice Fake { get; private set; }

        [TestInitialize]
        public void Begin()
        {
            Deadlines.Attempts = [300, 600];
            Deadlines.FirstAttempts = [300, 600];
            Deadlines.Anew = [10, 10];
            Deadlines.OneAttempt = [300];
            Deadlines.Restart = TimeSpan.FromSeconds(2);
            Deadlines.AfterDone = TimeSpan.FromSeconds(0.3);
            Fake = new FakeDevice();
        }

        [TestCleanup]
        public void End() => Fake.Dispose();
    }
}
