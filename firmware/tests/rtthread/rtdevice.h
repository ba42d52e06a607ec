/* Devices with a wait queue. See rtthread.h. */
#ifndef RTT_RTDEVICE_H
#define RTT_RTDEVICE_H

#include <rtthread.h>

#include <stdbool.h>

struct dfs_file_ops;

typedef struct rt_wqueue {
    uint32_t flag;
    void *sleepers;
    bool made; /* the kernel follows a list that rt_wqueue_init makes; without it, through NULL */
} rt_wqueue_t;

struct rt_pollreq {
    void (*_proc)(rt_wqueue_t *queue, struct rt_pollreq *request);
    short _key;
};

static inline void rt_wqueue_init(rt_wqueue_t *queue)
{
    queue->flag = 0;
    queue->sleepers = NULL;
    queue->made = true;
}
void rt_wqueue_wakeup(rt_wqueue_t *queue, void *key);
static inline void rt_poll_add(rt_wqueue_t *queue, struct rt_pollreq *request)
{
    if (request && request->_proc)
        request->_proc(queue, request);
}

enum rt_device_class_type { RT_Device_Class_Miscellaneous = 29 };
#define RT_DEVICE_FLAG_RDWR 0x003

struct rt_device {
    enum rt_device_class_type type;
    const struct dfs_file_ops *fops;
};
typedef struct rt_device *rt_device_t;

rt_device_t rt_device_find(const char *name);
rt_err_t rt_device_register(rt_device_t device, const char *name, uint16_t flags);

#endif
