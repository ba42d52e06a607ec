# /sharefs/start.sh: RT-Smart's shell runs it when the board starts. No empty lines: the first one ends it.
/sharefs/nanoclr --wait 30 /sharefs/app &
