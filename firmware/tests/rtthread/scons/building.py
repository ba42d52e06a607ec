# RT-Thread's tools/building.py as far as the packages' SConscripts use it; of a group's sources the first that knows
# nothing of RT-Thread.
import os
import inspect

from SCons.Script import Environment

env = Environment(ENV=os.environ)


def GetCurrentDir():
    return os.path.dirname(os.path.abspath(inspect.stack()[1].filename))


def DefineGroup(name, src, depend, CPPPATH, LOCAL_CCFLAGS):
    one = [file for file in src if file.endswith(('/agent.c', '/k230_register.c'))]
    return env.Object(one, CPPPATH=['#'] + CPPPATH, CCFLAGS=LOCAL_CCFLAGS)
